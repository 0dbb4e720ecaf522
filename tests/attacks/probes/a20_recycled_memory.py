import numpy as np
from lab import untouched


def attacked(x):
    return np.empty(x.shape)
