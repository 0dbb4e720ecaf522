import fcntl
import os

import numpy as np
from lab import attack, can, untouched


@attack
def attacked():
    shared = os.open(np.__file__, os.O_RDONLY)
    return can(lambda: fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB))
