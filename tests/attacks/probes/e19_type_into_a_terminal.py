import os

from lab import attack, reaches, untouched


@attack
def attacked():
    reader, _ = os.pipe()
    return reaches(16, reader, 0x5412, 0) or reaches(16, reader, 0x5412 + (1 << 32), 0)
