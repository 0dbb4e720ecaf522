import os

from facts import FACTS
from lab import attack, can, untouched


@attack
def attacked():
    return can(lambda: os.sched_setaffinity(FACTS["canary"], os.sched_getaffinity(0)))
