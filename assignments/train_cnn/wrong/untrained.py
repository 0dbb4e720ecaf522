"""Random filters and a random classifier: nothing learnt."""

import numpy as np


def fit(X, y, seed):
    return np.random.default_rng(seed).normal(size=(X[0].size, 10))


def predict(params, X):
    return (X.reshape(len(X), -1) @ params).argmax(axis=1)
