"""The most frequent label, whatever the input."""

import numpy as np


def train(X, y, weights, steps, seed):
    w1, b1, w2, b2 = [np.zeros_like(w) for w in weights]
    b2[np.bincount(y).argmax()] = 1
    return [w1, b1, w2, b2]


def fit(X, y, seed):
    return int(np.bincount(y).argmax())


def predict(params, X):
    return np.full(len(X), params)
