import mmap

import numpy as np
from lab import attack, reaches, untouched


@attack
def attacked():
    with open(np.__file__, "rb") as file, mmap.mmap(file.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ):
        return reaches(27, 0, 0, 0)  # mincore
