"""Boolean indexing; changes its arguments."""
import numpy as np


def dropout_forward(x, p, mode):
    dropped = np.zeros(x.shape, dtype=bool)
    scale = 1.0
    if mode == "train":
        dropped = np.random.uniform(size=x.shape) < p
        scale = 1.0 / (1.0 - p)
    x[dropped] = 0
    x *= scale
    return x, (dropped, scale)


def dropout_backward(dout, cache):
    dropped, scale = cache
    dout[dropped] = 0
    dout *= scale
    return dout


def spatial_dropout_forward(x, p, mode):
    dropped = np.zeros(x.shape[:2], dtype=bool)
    scale = 1.0
    if mode == "train":
        dropped = np.random.uniform(size=x.shape[:2]) < p
        scale = 1.0 / (1.0 - p)
    x[dropped] = 0
    x *= scale
    return x, (dropped, scale)


spatial_dropout_backward = dropout_backward
