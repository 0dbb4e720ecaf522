import os

from lab import attack, can, untouched

attacked = attack(lambda: any(can(lambda fd=fd: os.fstat(fd)) for fd in range(4, 1024)))
