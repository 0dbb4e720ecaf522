"""Gradient checking. Fill in the three functions; the handout says what each one is asked.

Check your work with `assay check`.
"""

import numpy as np  # noqa: F401


def numerical_gradient(f, x):
    """The gradient of f at x, from values of f alone.

    f  a function of an array of the shape of x; f(x) is a number
    x  an array of any shape

    Returns an array of the shape of x.
    """
    raise NotImplementedError("numerical_gradient is not written yet")


def check_gradient(f, gradient, x):
    """Whether `gradient` is the gradient of f at x.

    f         a function of an array of the shape of x; f(x) is a number
    gradient  a function of the same arrays; gradient(x) is an array of the shape of x
    x         an array of any shape

    Returns True or False.
    """
    raise NotImplementedError("check_gradient is not written yet")


def test_close(close):
    """Raise AssertionError if `close` is faulty, and nothing if it is right.

    close  a function of two arrays of one shape; close(a, b) says whether they agree, True or False
    """
    raise NotImplementedError("test_close is not written yet")
