import numpy as np


def dropout_forward(x, p, mode):
    mask = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) < 1 - p) / (1 - p)
        out = x * mask
    elif mode == "test":
        out = x
    cache = (p, mode, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    p, mode, mask = cache
    if mode == "train":
        dx = dout * mask
    elif mode == "test":
        dx = dout
    return dx


def spatial_dropout_forward(x, p, mode):
    if mode == "test":
        return x, (mode, None)
    N, C, H, W = x.shape
    mask = (np.random.rand(N, C, 1, 1) >= p) / (1 - p)
    return x * mask, (mode, mask)


def spatial_dropout_backward(dout, cache):
    mode, mask = cache
    return dout if mode == "test" else dout * mask
