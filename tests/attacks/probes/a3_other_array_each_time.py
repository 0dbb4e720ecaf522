import numpy as np
from lab import untouched


class Fickle:
    def __init__(self, right):
        self.right = right
        self.asked = 0

    def __array__(self, dtype=None, copy=None):
        self.asked += 1
        return self.right if self.asked % 2 else np.zeros(self.right.shape)


def attacked(x):
    return Fickle(x * x + 1)
