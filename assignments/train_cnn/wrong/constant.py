"""The most frequent label, whatever the input."""

import numpy as np


def fit(X, y, seed):
    return int(np.bincount(y).argmax())


def predict(params, X):
    return np.full(len(X), params)
