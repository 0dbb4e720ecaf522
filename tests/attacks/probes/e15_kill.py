import os

from facts import FACTS
from lab import attack, untouched

attacked = attack(lambda: os.kill(FACTS["canary"], 9))
