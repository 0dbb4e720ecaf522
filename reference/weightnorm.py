"""Weight normalisation (Salimans and Kingma, 2016): length and direction of a weight vector apart.

    w  = g v / |v|                                     so |w| = |g|, whatever the length of v
    dg = <dw, v> / |v|
    dv = g/|v| dw - g dg / |v|^2 v
       = g/|v| (dw - <dw, vhat> vhat),    vhat = v / |v|       without the part that points along v

v (M, D) holds one weight vector a row, one for each of M outputs; g (M,) their lengths; w, dw, dv as v and dg
as g. Norms and products run along each row. dv is orthogonal to v, row by row: to scale v changes nothing.
So a step of gradient descent makes v longer and dv, which goes as 1/|v|, smaller.

Mean-only batch normalisation goes with it: weight normalisation fixes the scale of t = w x but not its mean.

    out = t - mean_i t_i + b                           t (N, D) pre-activations, b (D,)
    dt  = dout - mean_i dout_i                         sums to 0 over the batch
    db  = sum_i dout_i

Unlike the centring of x + b in 000:967, here b is added behind it, and so it counts.

Conventions: no eps: a row v = 0 has no direction and gives 0/0. g may be negative, which turns w round.

Errors: ValueError if g is not one number a row, or b not one number a feature.

Lectures: 000:1058-1065, test errors 000:1067-1077 (mean-only is only named there: the paper's section 4).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What backward needs."""

    v: Array  # (M, D), as given
    g: Array  # (M, 1)
    norm: Array  # (M, 1)


def forward(v: Array, g: Array) -> tuple[Array, Cache]:
    """Weights w (M, D): each row of v (M, D) with the length g (M,)."""
    norm = np.sqrt((v**2).sum(axis=1, keepdims=True))
    g = g.reshape(len(v), 1)
    return g * v / norm, Cache(v, g, norm)


def backward(dw: Array, cache: Cache) -> tuple[Array, Array]:
    """Gradients (dv, dg) of sum(dw * w), shaped like v and g: the lecture's formulas."""
    v, g, norm = cache
    dg = (dw * v).sum(axis=1, keepdims=True) / norm
    dv = g / norm * dw - g * dg / norm**2 * v
    return dv, dg[:, 0]


def terms(dw: Array, cache: Cache) -> dict[str, Array]:
    """Split dv into what is passed straight on and what is taken off along v, each as v."""
    v, g, norm = cache
    dg = (dw * v).sum(axis=1, keepdims=True) / norm
    return {"direct": g / norm * dw, "projection": -g * dg / norm**2 * v}


def mean_only_forward(t: Array, b: Array) -> tuple[Array, int]:
    """Centre each feature of t (N, D) over the batch, then shift it by b (D,); the cache is N."""
    if b.shape != t.shape[1:]:
        raise ValueError(f"shifts {b.shape} are not one a feature of {t.shape}")
    return t - t.mean(axis=0) + b, len(t)


def mean_only_backward(dout: Array, cache: int) -> tuple[Array, Array]:
    """Gradients (dt, db) of sum(dout * out), shaped like t and b."""
    n = cache
    db = dout.sum(axis=0)
    return dout - db / n, db
