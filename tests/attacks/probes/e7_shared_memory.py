import mmap

from lab import attack, untouched

attacked = attack(lambda: [mmap.mmap(-1, 64 << 20) for _ in range(48)])
