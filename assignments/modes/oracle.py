"""A layer that is normalised, and a block that works in two modes; the rest is in reference/.

    z = x w + b,   out = (z - mean z) / std z         per feature, over the batch; no eps, no gamma, no beta

out does not change when a column of w is scaled by a > 0, nor when b changes: so dw is orthogonal to w,
column by column, and db is 0.

Lectures: 000:967-1043 (centring, the invariance), 001:1616-1730 and 002:125-131 (the modes).
"""

from typing import NamedTuple

import numpy as np

from reference import affine, batchnorm, batchnorm_statistics, dropout

TRAIN, TEST = "train", "test"


class Cache(NamedTuple):
    """What the backward needs, a layer after the other."""

    dense: affine.Cache
    norm: batchnorm.Cache


def layer_forward(x, w, b):
    """out (N, M) of x (N, D), w (D, M), b (M,)."""
    z, dense = affine.forward(x, w, b)
    out, norm = batchnorm.forward(z, np.ones_like(b), np.zeros_like(b), eps=0)
    return out, Cache(dense, norm)


def layer_backward(dout, cache):
    """Gradients (dx, dw, db) of sum(dout * out)."""
    dz, _, _ = batchnorm.backward(dout, cache.norm)
    return affine.backward(dz, cache.dense)


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    """Batch normalisation, then inverted dropout; the batch's statistics and the mask work in training."""
    if mode == TEST:
        return batchnorm_statistics.inference(x, gamma, beta, running_mean, running_var, eps)
    normalised, _ = batchnorm.forward(x, gamma, beta, eps)
    dropped, _ = dropout.inverted_forward(normalised, p, mask)
    return dropped
