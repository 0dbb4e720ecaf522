import socket

from facts import FACTS
from lab import attack, connects, untouched

attacked = attack(lambda: connects(socket.AF_UNIX, socket.SOCK_STREAM, FACTS["socket"]))
