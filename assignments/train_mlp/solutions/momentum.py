"""Stochastic gradient descent with momentum and a learning rate that falls to zero, in single precision."""

import numpy as np


def gradients(x, y, weights):
    """Gradients of the mean cross-entropy: of w1, b1, w2, b2."""
    w1, b1, w2, b2 = weights
    a = x @ w1 + b1
    h = np.maximum(a, 0)
    z = h @ w2 + b2
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    da = (p @ w2.T) * (a > 0)
    return x.T @ da, da.sum(axis=0), h.T @ p, p.sum(axis=0)


def descend(X, y, weights, steps, rng, batch=64, rate=0.1, momentum=0.9):
    """Change the weights `steps` times; every epoch goes through all examples in another order."""
    weights = [w.astype(np.float32) for w in weights]
    velocities = [np.zeros_like(w) for w in weights]
    order, at = rng.permutation(len(X)), 0
    for step in range(steps):
        if at + batch > len(X):
            order, at = rng.permutation(len(X)), 0
        chosen = order[at : at + batch]
        at += batch
        now = np.float32(rate * (1 - step / steps))
        for w, v, g in zip(weights, velocities, gradients(X[chosen], y[chosen], weights)):
            v *= momentum
            v -= now * g
            w += v
    return weights


def train(X, y, weights, steps, seed):
    return descend(X, y, weights, steps, np.random.default_rng(seed))


def fit(X, y, seed, hidden=128, steps=2000):
    rng = np.random.default_rng(seed)
    inputs, classes = X.shape[1], int(y.max()) + 1
    weights = [
        rng.normal(0, np.sqrt(2 / inputs), (inputs, hidden)),
        np.zeros(hidden),
        rng.normal(0, np.sqrt(2 / hidden), (hidden, classes)),
        np.zeros(classes),
    ]
    return descend(X, y, weights, steps, rng)


def predict(params, X):
    w1, b1, w2, b2 = params
    return (np.maximum(X @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
