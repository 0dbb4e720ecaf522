"""No normalisation: the given weights are scaled, a layer after the other, until what passes keeps its size.

Afterwards plain gradients with momentum, clipped.
"""

import numpy as np


def rescaled(X, weights):
    weights = [w.astype(np.float64) for w in weights]
    h = X.astype(np.float64)
    for i in range(len(weights) // 2 - 1):
        a = h @ weights[2 * i]
        weights[2 * i] /= a.std()
        weights[2 * i + 1] = -a.mean(axis=0) / a.std()
        h = np.maximum(h @ weights[2 * i] + weights[2 * i + 1], 0)
    return weights


def gradients(x, y, weights):
    layers = len(weights) // 2
    hs = [x]
    for i in range(layers - 1):
        hs.append(np.maximum(hs[-1] @ weights[2 * i] + weights[2 * i + 1], 0))
    z = hs[-1] @ weights[-2] + weights[-1]
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    d = p / len(y)
    grads = []
    for i in reversed(range(layers)):
        grads[:0] = [hs[i].T @ d, d.sum(axis=0)]
        d = (d @ weights[2 * i].T) * (hs[i] > 0)
    return grads


def fit(X, y, weights, steps, seed, batch=100, rate=0.02, momentum=0.9, most=1.0):
    rng = np.random.default_rng(seed)
    weights = rescaled(X, weights)
    velocities = [np.zeros_like(w) for w in weights]
    for number in range(steps):
        chosen = rng.integers(0, len(X), batch)
        grads = gradients(X[chosen], y[chosen], weights)
        norm = np.sqrt(sum(np.sum(g * g) for g in grads))
        now = rate * (1 - number / steps) * min(1.0, most / (norm + 1e-12))
        for w, v, g in zip(weights, velocities, grads):
            v *= momentum
            v -= now * g
            w += v
    return weights
