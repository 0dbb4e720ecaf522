"""Two steps and Richardson's extrapolation: large steps, and an error that is small all the same."""

from itertools import product

import numpy as np


def difference(f, x, at, h):
    step = np.zeros(x.shape, x.dtype)
    step[at] = h
    return (f(x + step) - f(x - step)) / (2 * float(h))


def numerical_gradient(f, x):
    largest = float(np.abs(x).max()) if x.size else 1.0
    h = (2.0**-5 if x.dtype == np.float32 else 2.0**-9) * 2.0 ** np.floor(np.log2(largest or 1.0))
    gradient = np.empty(x.shape)
    for at in product(*map(range, x.shape)):
        gradient[at] = (4 * difference(f, x, at, h / 2) - difference(f, x, at, h)) / 3
    return gradient


def close(a, b, tolerance=1e-4):
    size = max(np.abs(a).max(), np.abs(b).max())
    return bool(np.abs(a - b).max() <= tolerance * size)


def check_gradient(f, gradient, x):
    estimate, claimed = numerical_gradient(f, x), gradient(x)
    if not np.any(claimed):
        return bool(np.abs(estimate).max() < 1e-8 * (1 + abs(f(x))))
    return close(estimate, claimed, 3e-3 if x.dtype == np.float32 else 1e-4)


def test_close(same):
    rng = np.random.default_rng(7)
    for size in (1e-6, 1e6):
        a = size * rng.normal(size=6)
        assert same(a, a + 1e-9 * size)
        for b in (-a, 1.01 * a, 0.99 * a, np.roll(a, 1), np.where(np.arange(6) == 3, 1.5 * a, a)):
            assert not same(a, b)
            assert not same(b, a)
        c = np.zeros(6)
        c[2:4] = size, -size
        assert not same(a, a + c)
    assert same(np.zeros((2, 2)), np.zeros((2, 2)))
