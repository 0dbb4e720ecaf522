"""Entries are changed in place and put back, one after the other."""

import numpy as np


def numerical_gradient(f, x):
    x = np.array(x)
    h = x.dtype.type((1e-2 if x.dtype == np.float32 else 1e-5) * (np.max(np.abs(x)) or 1))
    grad = np.zeros_like(x, dtype=float)
    flat, out = x.reshape(-1), grad.reshape(-1)
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        up, high = f(x), float(flat[i])
        flat[i] = old - h
        down, low = f(x), float(flat[i])
        flat[i] = old
        out[i] = (up - down) / (high - low)
    return grad


def check_gradient(f, gradient, x):
    a, n = np.array(gradient(x), dtype=float), numerical_gradient(f, x)
    worst = np.max(np.abs(a - n))
    scale = max(np.max(np.abs(a)), np.max(np.abs(n)))
    return worst <= 1e-9 or worst <= 4e-3 * scale if abs(f(x)) > 1e-3 else worst <= 4e-3 * scale


def test_close(close):
    zeros = np.zeros(5)
    ramp = np.arange(1.0, 6.0)
    assert close(zeros, zeros)
    for k in (1e-7, 1e7):
        assert close(k * ramp, k * ramp)
        assert close(k * ramp, k * (ramp + 1e-9))
        for wrong in (-ramp, 3 * ramp, ramp[::-1], ramp * 1.005, ramp * 0.995):
            assert close(k * ramp, k * wrong) is False
        for entry in (1, 4):
            wrong = ramp.copy()
            wrong[entry] += 1
            wrong[entry - 1] -= 1
            assert not close(k * ramp, k * wrong)
