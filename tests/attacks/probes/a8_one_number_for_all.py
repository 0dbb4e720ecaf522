import numpy as np
from lab import untouched


def attacked(x):
    return np.float64(x.flat[0] ** 2 + 1)
