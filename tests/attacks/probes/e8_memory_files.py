import os

from lab import attack, untouched

attacked = attack(lambda: os.memfd_create("canary"))
