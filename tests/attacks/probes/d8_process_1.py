import os

from lab import attack, untouched

attacked = attack(lambda: os.listdir("/proc/1"))
