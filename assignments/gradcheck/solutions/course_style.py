"""The lecture's way: a loop over the entries, central differences, errors relative to norms."""

import numpy as np


def numerical_gradient(f, x):
    h = 1e-5 * max(np.abs(x).max(), 1e-12)
    if x.dtype == np.float32:
        h = np.float32(1e-2 * np.abs(x).max())
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        plus, minus = x.copy(), x.copy()
        plus[ix] += h
        minus[ix] -= h
        grad[ix] = (f(plus) - f(minus)) / (plus[ix].astype(float) - minus[ix].astype(float))
        it.iternext()
    return grad


def relative_error(a, b):
    size = max(np.linalg.norm(a), np.linalg.norm(b))
    return np.linalg.norm(a - b) / size if size > 0 else 0.0


def check_gradient(f, gradient, x):
    numeric, analytic = numerical_gradient(f, x), gradient(x)
    if np.linalg.norm(analytic) == 0 and np.linalg.norm(numeric) < 1e-8:
        return True
    return bool(relative_error(analytic, numeric) < (5e-3 if x.dtype == np.float32 else 1e-4))


def test_close(close):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 4))
    for scale in (1e-6, 1.0, 1e6):
        assert close(scale * a, scale * a * (1 + 1e-8))
        assert not close(scale * a, scale * a * 1.01)
        assert not close(scale * a, scale * a * 0.99)
    assert not close(a, -a)
    assert not close(a, 2 * a)
    assert not close(a, a[::-1])
    one = a.copy()
    one[1, 2] += 0.5
    assert not close(a, one)
    assert close(np.zeros(3), np.zeros(3))
