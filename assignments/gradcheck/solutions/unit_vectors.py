"""Directions from a unit matrix, and a step that is a power of two."""

import numpy as np


def numerical_gradient(f, x):
    single = x.dtype == np.float32
    largest = np.max(np.abs(x), initial=0) or 1.0
    h = 2.0 ** np.round(np.log2(largest) - (7 if single else 17))
    slopes = [
        (f(x + h * e.reshape(x.shape)) - f(x - h * e.reshape(x.shape))) / (2 * h) for e in np.eye(x.size)
    ]
    return np.array(slopes).reshape(x.shape)


def check_gradient(f, gradient, x):
    n, g = numerical_gradient(f, x), np.asarray(gradient(x), dtype=float)
    noise = np.finfo(x.dtype).eps ** (2 / 3) * (abs(f(x)) + 1e-300)
    tolerance = 5e-3 if x.dtype == np.float32 else 1e-5
    return np.all(np.abs(n - g) <= tolerance * np.max(np.abs(g)) + noise)


def test_close(close):
    x = np.array([1.0, -2.0, 3.0, -4.0])
    agreeing = [x, x + 1e-8, 1e6 * x, 1e-6 * x, 0 * x]
    for a in agreeing:
        if not (close(a, a) and close(a * (1 + 5e-8), a)):
            raise AssertionError("agreeing arrays are called different")
    differing = [-x, 2 * x, x[::-1], x + [0, 0, 0, 1], x - [0, 0, 0, 1], x + [1, -1, 1, -1], 1.01 * x, 0.99 * x]
    for size in (1e-6, 1e6):
        for b in differing:
            if close(size * x, size * np.array(b)):
                raise AssertionError("different arrays are called equal")
