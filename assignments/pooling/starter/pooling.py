"""Max and average pooling. Write the bodies; keep the names, arguments and returned values."""

import numpy as np  # noqa: F401


def max_pool_forward(x, size, stride):
    """x (N, C, H, W), windows of size x size every stride pixels. Returns out (N, C, H', W'), cache."""
    raise NotImplementedError


def max_pool_backward(dout, cache):
    """dout (N, C, H', W'). Returns dx, shaped like x."""
    raise NotImplementedError


def avg_pool_forward(x, size, stride):
    """x (N, C, H, W), windows of size x size every stride pixels. Returns out (N, C, H', W'), cache."""
    raise NotImplementedError


def avg_pool_backward(dout, cache):
    """dout (N, C, H', W'). Returns dx, shaped like x."""
    raise NotImplementedError
