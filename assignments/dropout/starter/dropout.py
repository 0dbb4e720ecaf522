"""Dropout. Write the bodies; keep the names, arguments and returned values."""

import numpy as np  # noqa: F401


def dropout_forward(x, p, mode):
    """x of any shape, p the probability to DROP an entry, mode "train" or "test". Returns out, cache."""
    raise NotImplementedError


def dropout_backward(dout, cache):
    """dout as out. Returns dx."""
    raise NotImplementedError


def spatial_dropout_forward(x, p, mode):
    """x (N, C, H, W), p the probability to DROP a channel of an example. Returns out, cache."""
    raise NotImplementedError


def spatial_dropout_backward(dout, cache):
    """dout (N, C, H, W). Returns dx."""
    raise NotImplementedError
