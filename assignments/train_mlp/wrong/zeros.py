"""Zeros of the right shapes."""

import numpy as np


def train(X, y, weights, steps, seed):
    return [np.zeros_like(w) for w in weights]


def fit(X, y, seed):
    return np.zeros(3)


def predict(params, X):
    return np.zeros(len(X), int)
