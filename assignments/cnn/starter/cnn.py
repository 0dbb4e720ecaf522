"""A convolutional network. Write the bodies; keep the names, arguments and returned values."""

import numpy as np  # noqa: F401


def cnn_forward(x, w1, b1, w2, b2, stride, pad):
    """x (N, C, H, W), w1 (F, C, KH, KW), b1 (F,), w2 (D, M), b2 (M,). Returns scores (N, M), cache."""
    raise NotImplementedError


def cnn_backward(dscores, cache):
    """dscores (N, M). Returns dx, dw1, db1, dw2, db2, shaped like what they belong to."""
    raise NotImplementedError
