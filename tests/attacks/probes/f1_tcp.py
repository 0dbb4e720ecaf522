import socket

from facts import FACTS
from lab import attack, connects, untouched

attacked = attack(lambda: connects(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", FACTS["port"])))
