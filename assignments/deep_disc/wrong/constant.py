"""The more frequent label, whatever the point."""

import numpy as np


def fit(X, y, weights, steps, seed):
    weights = [np.zeros_like(w) for w in weights]
    weights[-1][np.bincount(y).argmax()] = 1
    return weights
