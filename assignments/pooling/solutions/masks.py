"""All images at once, window by window, with a mask of the maxima: each of several gets the gradient."""

import numpy as np


def _windows(shape, size, stride):
    for i in range((shape[2] - size) // stride + 1):
        for j in range((shape[3] - size) // stride + 1):
            yield i, j, np.s_[:, :, i * stride : i * stride + size, j * stride : j * stride + size]


def _empty(x, size, stride):
    rows, cols = ((length - size) // stride + 1 for length in x.shape[2:])
    return np.zeros((*x.shape[:2], rows, cols), dtype=x.dtype)


def max_pool_forward(x, size, stride):
    out = _empty(x, size, stride)
    for i, j, window in _windows(x.shape, size, stride):
        out[:, :, i, j] = x[window].max(axis=(2, 3))
    return out, (x, out, size, stride)


def max_pool_backward(dout, cache):
    x, out, size, stride = cache
    dx = np.zeros_like(x)
    for i, j, window in _windows(x.shape, size, stride):
        mask = x[window] == out[:, :, i, j][:, :, None, None]
        dx[window] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


def avg_pool_forward(x, size, stride):
    out = _empty(x, size, stride)
    for i, j, window in _windows(x.shape, size, stride):
        out[:, :, i, j] = x[window].mean(axis=(2, 3))
    return out, (x, size, stride)


def avg_pool_backward(dout, cache):
    x, size, stride = cache
    dx = np.zeros_like(x)
    for i, j, window in _windows(x.shape, size, stride):
        dx[window] += dout[:, :, i : i + 1, j : j + 1] / size**2
    return dx
