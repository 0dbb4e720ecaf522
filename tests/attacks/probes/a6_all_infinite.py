import numpy as np
from lab import untouched


def attacked(x):
    return np.full(x.shape, np.inf)
