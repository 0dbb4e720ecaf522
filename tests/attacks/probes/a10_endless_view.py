import numpy as np
from lab import untouched


def attacked(x):
    return np.broadcast_to(0.0, (1 << 20, 1 << 20))
