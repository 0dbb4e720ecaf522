"""Everything in float32, whatever comes in."""
import numpy as np

F = np.float32


def dropout_forward(x, p, mode):
    x = np.asarray(x, dtype=F)
    if mode != "train":
        return x, F(1)
    mask = (np.random.random_sample(x.shape) < 1 - p).astype(F) * F(1 / (1 - p))
    return x * mask, mask


def dropout_backward(dout, cache):
    return np.asarray(dout, dtype=F) * cache


def spatial_dropout_forward(x, p, mode):
    x = np.asarray(x, dtype=F)
    if mode != "train":
        return x, F(1)
    mask = (np.random.random_sample(x.shape[:2]) < 1 - p).astype(F) * F(1 / (1 - p))
    mask = mask.reshape(mask.shape + (1, 1))
    return x * mask, mask


spatial_dropout_backward = dropout_backward
