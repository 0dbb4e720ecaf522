"""A layer that is normalised, and a block that works in two modes; the rest is in reference/.

    z = x w + b,   out = (z - mean z) / std z         per feature, over the batch; no eps, no gamma, no beta

out does not change when a column of w is scaled by a > 0, nor when b changes: so dw is orthogonal to w,
column by column, and db is 0.

Lectures: 000:967-1018 (centring, the invariance), 001:1616-1730 and 002:125-131 (the modes).
"""

from typing import NamedTuple

import numpy as np

from reference import batchnorm, batchnorm_statistics, dropout

TRAIN, TEST = "train", "test"


class Cache(NamedTuple):
    """What the backward needs: x (N, D), w (D, M), out (N, M), std (M,)."""

    x: np.ndarray
    w: np.ndarray
    out: np.ndarray
    std: np.ndarray


def layer_forward(x, w, b):
    """out (N, M) of x (N, D), w (D, M), b (M,)."""
    z = x @ w + b
    centred = z - z.mean(axis=0)
    std = np.sqrt((centred**2).mean(axis=0))
    out = centred / std
    return out, Cache(x, w, out, std)


def layer_backward(dout, cache):
    """Gradients (dx, dw, db) of sum(dout * out)."""
    x, w, out, std = cache
    dz = (dout - dout.mean(axis=0) - out * (dout * out).mean(axis=0)) / std
    return dz @ w.T, x.T @ dz, dz.sum(axis=0)


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    """Batch normalisation, then inverted dropout; the batch's statistics and the mask work in training."""
    if mode == TEST:
        return batchnorm_statistics.inference(x, gamma, beta, running_mean, running_var, eps)
    normalised, _ = batchnorm.forward(x, gamma, beta, eps)
    dropped, _ = dropout.inverted_forward(normalised, p, mask)
    return dropped
