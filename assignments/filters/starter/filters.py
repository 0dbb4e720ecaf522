"""Filters and receptive fields. Fill in the functions; the handout says what each one is asked.

Check your work with `assay check`.
"""

import numpy as np  # noqa: F401


def slide(image, kernel):
    """Slide a kernel (K, L) of odd sizes over an image (H, W) in a border of zeros. Returns (H, W)."""
    raise NotImplementedError("slide is not written yet")


def convolve(image, kernel):
    """The same as true convolution: the kernel is turned by 180 degrees. Returns (H, W)."""
    raise NotImplementedError("convolve is not written yet")


def blur(image, size):
    """The mean over size x size pixels, size odd, by two passes of one axis each. Returns (H, W)."""
    raise NotImplementedError("blur is not written yet")


def pointwise(x, w, b):
    """1 x 1 convolution of x (N, C, H, W) with w (F, C) and b (F,). Returns (N, F, H, W)."""
    raise NotImplementedError("pointwise is not written yet")


def receptive_field(sizes, strides):
    """How many pixels in a row one output of a stack of layers sees. Returns an int."""
    raise NotImplementedError("receptive_field is not written yet")
