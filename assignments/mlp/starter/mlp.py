"""A multi-layer perceptron. Write the bodies; keep the names, arguments and returned values."""

import numpy as np  # noqa: F401


def affine_forward(x, w, b):
    """x (N, d1, ..., dk), w (D, M), b (M,) with D = d1 ... dk. Returns out (N, M), cache."""
    raise NotImplementedError


def affine_backward(dout, cache):
    """dout (N, M). Returns dx, dw, db, shaped like x, w, b."""
    raise NotImplementedError


def relu_forward(x):
    """x of any shape. Returns out, of the same shape, and a cache."""
    raise NotImplementedError


def relu_backward(dout, cache):
    """Returns dx."""
    raise NotImplementedError


def softmax_loss(z, y):
    """z (N, C) logits, y (N,) labels 0, ..., C - 1. Returns the mean cross-entropy and dz (N, C)."""
    raise NotImplementedError


def mlp_forward(x, w1, b1, w2, b2):
    """Two layers. x (N, D), w1 (D, H), b1 (H,), w2 (H, C), b2 (C,). Returns scores (N, C), cache."""
    raise NotImplementedError


def mlp_backward(dscores, cache):
    """dscores (N, C). Returns dx, dw1, db1, dw2, db2."""
    raise NotImplementedError
