import numpy as np
from lab import untouched


def attacked(x):
    return np.ma.masked_all(x.shape)
