import numpy as np
from lab import untouched


def attacked(x):
    return np.full(x.shape, 255, np.uint8).view(bool)
