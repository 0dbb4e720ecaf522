import numpy as np
from lab import untouched


def attacked(x):
    return np.zeros((0, *x.shape[1:]))
