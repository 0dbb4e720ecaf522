import os

from facts import FACTS
from lab import attack, can, untouched

attacked = attack(lambda: can(lambda: os.setpriority(os.PRIO_PROCESS, FACTS["canary"], 19)))
