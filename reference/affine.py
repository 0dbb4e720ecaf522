"""The affine (dense, fully connected) layer: every output is a weighted sum of all inputs, plus a bias.

    out = X w + b          (N, M)     X (N, D) is x with each example laid out as one row
    dX  = dout w^T         (N, D)     dx is dX in the shape of x
    dw  = X^T dout         (D, M)
    db  = sum_i dout_i     (M,)       one bias serves the whole batch

    x (N, d_1, ..., d_k) with D = d_1 ... d_k,  w (D, M),  b (M,),  dout (N, M)

Conventions: the batch is the first axis and w is (inputs, outputs), as W^T x in 001:743; 001:1163 and PyTorch
store the transpose, (outputs, inputs). The gradients are sums over the batch: if the loss is a mean, its 1/N
is already in dout.

Errors: ValueError if D is not the number of rows of w.

Lectures: 001:743, 001:1163, 002:38 (whose last input should carry its own index).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What backward needs."""

    x: Array  # (N, d_1, ..., d_k), as given
    w: Array  # (D, M)


def forward(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """Flatten each example of x (N, d_1, ..., d_k), multiply by w (D, M), add b (M,); out is (N, M)."""
    rows = x.reshape(len(x), len(w))
    return rows @ w + b, Cache(x, w)


def backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients (dx, dw, db) of sum(dout * out), shaped like x, w and b."""
    x, w = cache
    rows = x.reshape(len(x), len(w))
    dx = (dout @ w.T).reshape(x.shape)
    dw = rows.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
