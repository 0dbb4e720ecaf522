"""A deep network on a disc. Write the body; keep the name, arguments and what is returned."""

import numpy as np  # noqa: F401


def fit(X, y, weights, steps, seed):
    """Make the deep network tell the inside of a disc from the outside, in `steps` steps.

    X (N, 2) float32, y (N,) labels 0 and 1, weights [w1, b1, ..., w18, b18] of 17 hidden layers with ReLU.
    Returns weights of the same shapes: those of the plain network, without any normalisation.
    """
    raise NotImplementedError
