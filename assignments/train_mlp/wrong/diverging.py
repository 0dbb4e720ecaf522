"""A learning rate at which nothing holds."""

import numpy as np


def descend(X, y, weights, steps):
    weights = [w.astype(np.float32) for w in weights]
    for step in range(steps):
        x, t = X[step * 32 % 4000 :][:32], y[step * 32 % 4000 :][:32]
        w1, b1, w2, b2 = weights
        h = np.maximum(x @ w1 + b1, 0)
        d = h @ w2 + b2
        d[np.arange(len(t)), t] -= 1  # squares instead of cross-entropy, to diverge for sure
        dh = (d @ w2.T) * (h > 0)
        for w, g in zip(weights, (x.T @ dh, dh.sum(0), h.T @ d, d.sum(0))):
            w -= 10 * g
    return weights


def train(X, y, weights, steps, seed):
    return descend(X, y, weights, 60)


def fit(X, y, seed):
    rng = np.random.default_rng(seed)
    weights = [
        rng.normal(size=(X.shape[1], 32)) / 14,
        np.zeros(32),
        rng.normal(size=(32, 10)) / 6,
        np.zeros(10),
    ]
    return descend(X, y, weights, 60)


def predict(params, X):
    w1, b1, w2, b2 = params
    return (np.maximum(X @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
