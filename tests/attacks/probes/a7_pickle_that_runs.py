import numpy as np
from lab import untouched


def through():
    print("THROUGH", flush=True)
    return 1.0


class Loaded:
    def __reduce__(self):
        return through, ()


def attacked(x):
    return np.array([Loaded()] * x.size, dtype=object)
