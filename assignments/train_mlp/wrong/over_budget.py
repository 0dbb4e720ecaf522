"""Right, and burns CPU time until it is stopped."""

import numpy as np


def burn():
    a = np.random.normal(size=(200, 200))
    while True:
        a = np.tanh(a @ a)


def train(X, y, weights, steps, seed):
    burn()


def fit(X, y, seed):
    burn()


def predict(params, X):
    return np.zeros(len(X), int)
