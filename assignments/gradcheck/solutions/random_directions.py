"""The check looks along random directions, all entries at once: three of them are as good as all entries."""

import numpy as np

RNG = np.random.default_rng(3)


def along(f, x, u, h):
    return (f(x + h * u) - f(x - h * u)) / (2 * h)


def step(x):
    return (2.0**-6 if x.dtype == np.float32 else 2.0**-17) * (np.max(np.abs(x)) or 1.0)


def numerical_gradient(f, x):
    basis = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([along(f, x, u, step(x)) for u in basis]).reshape(x.shape)


def check_gradient(f, gradient, x):
    g = gradient(x).astype(float)
    size = np.sqrt(np.sum(g * g))
    noise = 4 * np.finfo(x.dtype).eps * abs(f(x)) / step(x)
    for _ in range(3):
        u = RNG.choice((-1.0, 1.0), x.shape) * RNG.uniform(0.5, 1, x.shape)
        if abs(np.sum(g * u) - along(f, x, u, step(x))) > 1e-3 * size + noise:
            return False
    return True


class Cases:
    agree, differ = [], []


base = np.array([[0.5, -1.0], [2.0, 4.0]])
for s in (1e-5, 1e5):
    Cases.agree += [(s * base, s * base), (s * base, s * base * (1 + 1e-9))]
    Cases.differ += [(s * base, s * other) for other in (-base, 0 * base, 2 * base, base.T, base[::-1])]
    Cases.differ += [(s * base * k, s * base) for k in (1.01, 0.99)]
    Cases.differ += [(s * base, s * (base + d)) for d in ([[0, 1], [0, 0]], [[0, 1], [-1, 0]], [[0, -1], [0, 0]])]
Cases.agree.append((0 * base, 0 * base))


def test_close(close):
    assert all(close(a, b) for a, b in Cases.agree), "these agree"
    assert not any(close(a, b) for a, b in Cases.differ), "these differ"
