"""One example after the other, and Python's own numbers in the softmax."""
import math

import numpy as np


def one_example(x, y, w1, b1, w2, b2):
    h = np.tanh(w1.T @ x + b1)
    z = w2.T @ h + b2
    top = max(z)
    e = [math.exp(s - top) for s in z]
    p = [value / sum(e) for value in e]
    dz = np.array([p[c] - (1 if c == y else 0) for c in range(len(p))])
    dh = np.zeros(len(h))
    for k in range(len(h)):
        for c in range(len(z)):
            dh[k] += w2[k, c] * dz[c]
    da = dh * (1 - h) * (1 + h)
    return np.outer(x, da), da, np.outer(h, dz), dz


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    params = w1, b1, w2, b2
    speeds = [0.0, 0.0, 0.0, 0.0]
    for step in range(steps):
        mean = [0.0, 0.0, 0.0, 0.0]
        for i in range(len(x)):
            for j, g in enumerate(one_example(x[i], y[i], *params)):
                mean[j] = mean[j] + g / len(x)
        speeds = [momentum * s - rate * g for s, g in zip(speeds, mean)]
        params = [p + s for p, s in zip(params, speeds)]
    return tuple(np.asarray(p, dtype=w1.dtype) for p in params)
