"""Training a convolutional network. Write the bodies; keep the names, arguments and what is returned."""

import numpy as np  # noqa: F401


def fit(X, y, seed):
    """X (N, 1, 14, 14) float32, y (N,) labels 0, ..., 9. Returns the parameters of your network.

    Parameters are arrays and numbers, in lists, tuples or dictionaries.
    """
    raise NotImplementedError


def predict(params, X):
    """Labels (M,) of the images X (M, 1, 14, 14), by what fit returned."""
    raise NotImplementedError
