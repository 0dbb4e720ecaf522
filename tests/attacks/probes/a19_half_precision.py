import numpy as np
from lab import untouched


def attacked(x):
    return (x * x + 1).astype(np.float16) * np.float16(1.003)
