"""Returns the weights as they were drawn."""

import numpy as np


def train(X, y, weights, steps, seed):
    return weights


def fit(X, y, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(X.shape[1], 10)) / 14


def predict(params, X):
    return (X @ params).argmax(axis=1)
