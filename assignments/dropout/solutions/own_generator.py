"""A generator of its own for each call, seeded by the system; the other orientation of the mask."""
import numpy as np


def dropout_forward(x, p, mode):
    if mode == "test":
        return x.copy(), None
    rng = np.random.default_rng()
    keep = rng.random(x.shape) > p
    return np.where(keep, x / (1 - p), 0), (keep, p)


def dropout_backward(dout, cache):
    if cache is None:
        return dout.copy()
    keep, p = cache
    return np.where(keep, dout / (1 - p), 0)


def spatial_dropout_forward(x, p, mode):
    if mode == "test":
        return x.copy(), None
    rng = np.random.default_rng()
    keep = rng.random(x.shape[:2]) > p
    keep = keep[:, :, None, None]
    return np.where(keep, x / (1 - p), 0), (keep, p)


spatial_dropout_backward = dropout_backward
