"""Entry by entry, with the generator of the standard library."""
import random

import numpy as np


def dropout_forward(x, p, mode):
    out = np.zeros(x.shape)
    factors = []
    for i in np.ndindex(*x.shape):
        if mode == "test":
            factor = 1
        else:
            factor = 0 if random.random() < p else 1 / (1 - p)
        factors.append(factor)
        out[i] = x[i] * factor
    return out, factors


def dropout_backward(dout, cache):
    return dout * np.array(cache).reshape(dout.shape)


def spatial_dropout_forward(x, p, mode):
    N, C, H, W = x.shape
    out = np.zeros(x.shape)
    factors = np.ones((N, C))
    for n in range(N):
        for c in range(C):
            if mode == "train":
                factors[n, c] = 0 if random.random() < p else 1 / (1 - p)
            out[n, c] = x[n, c] * factors[n, c]
    return out, factors


def spatial_dropout_backward(dout, cache):
    dx = np.zeros(dout.shape)
    for n in range(dout.shape[0]):
        for c in range(dout.shape[1]):
            dx[n, c] = dout[n, c] * cache[n, c]
    return dx
