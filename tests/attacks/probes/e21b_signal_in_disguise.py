import fcntl
import os

from facts import FACTS
from lab import attack, can, untouched


@attack
def attacked():
    reader, _ = os.pipe()
    return can(lambda: fcntl.fcntl(reader, fcntl.F_SETOWN, FACTS["canary"]))
