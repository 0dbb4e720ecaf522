"""Whitening: a batch is centred and turned so that its features are uncorrelated and of variance 1.

    mu    = mean_i x_i
    cov   = 1/N sum_i (x_i - mu) (x_i - mu)'           = U diag(variance) U'
    root  = cov^(-1/2)                                 = U diag(1 / sqrt(variance)) U', symmetric
    out_i = root (x_i - mu)

x and out (N, D), mu (D,), cov and root (D, D). The covariance of out is I and its mean is 0. Of all matrices
that whiten, the symmetric root leaves the data closest to where they were ("ZCA"); any rotation of out is
white too. It couples all features and costs O(N D^2 + D^3), and its gradient goes through the root: so batch
normalisation normalises each feature by itself, which is whitening with the diagonal of cov alone.

Conventions: the covariance is biased (divided by N), as in reference/batchnorm.py; no eps.

Errors: ValueError if cov has no inverse, up to rounding: fewer than D + 1 examples, a feature that is
constant, or one that is a combination of others.

Lectures: 000:978-992.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def whiten(x: Array) -> Array:
    """Centre x (N, D) and whiten it; out is as x."""
    centred = x - x.mean(axis=0)
    out: Array = centred @ inverse_root(covariance(x))
    return out


def covariance(x: Array) -> Array:
    """Biased covariance (D, D) of x (N, D)."""
    centred = x - x.mean(axis=0)
    cov: Array = centred.T @ centred / len(x)
    return cov


def inverse_root(cov: Array) -> Array:
    """The symmetric matrix (D, D) whose square is the inverse of a covariance (D, D)."""
    variance, u = np.linalg.eigh(cov)
    if not variance[0] > len(cov) * np.finfo(cov.dtype).eps * variance[-1]:
        raise ValueError("the covariance has no inverse: some direction of the data has no variance")
    root: Array = u / np.sqrt(variance) @ u.T
    return root
