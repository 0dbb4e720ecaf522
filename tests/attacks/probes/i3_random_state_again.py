import random

import numpy as np
from lab import untouched

print("drawn", random.random(), np.random.random())


def attacked(x):
    return 0 * x
