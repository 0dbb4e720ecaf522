"""The network as it is given, and plain stochastic gradient descent."""

import numpy as np


def fit(X, y, weights, steps, seed, batch=100, rate=0.1):
    rng = np.random.default_rng(seed)
    weights = [w.copy() for w in weights]
    layers = len(weights) // 2
    for _ in range(steps):
        chosen = rng.integers(0, len(X), batch)
        hs = [X[chosen]]
        for i in range(layers - 1):
            hs.append(np.maximum(hs[-1] @ weights[2 * i] + weights[2 * i + 1], 0))
        z = hs[-1] @ weights[-2] + weights[-1]
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(batch), y[chosen]] -= 1
        d = p / batch
        for i in reversed(range(layers)):
            back = d @ weights[2 * i].T
            weights[2 * i] -= rate * hs[i].T @ d
            weights[2 * i + 1] -= rate * d.sum(axis=0)
            d = back * (hs[i] > 0)
    return weights
