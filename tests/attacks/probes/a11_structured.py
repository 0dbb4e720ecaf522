import numpy as np
from lab import untouched


def attacked(x):
    return np.zeros(x.shape, dtype=[("a", "f8")])
