"""Batch normalisation in training (Ioffe and Szegedy, 2015): every feature is normalised over the batch.

    mu   = mean_i x_i                       mini-batch mean
    var  = mean_i (x_i - mu)^2              mini-batch variance, biased (divided by m)
    xhat = (x - mu) / sqrt(var + eps)       normalize
    out  = gamma xhat + beta                scale and shift

x is (N, D), or (N, C, H, W) with one gamma and beta a channel: the feature is axis 1, and the batch i = 1..m
is every other axis, m = N or m = N H W. gamma, beta (D,) or (C,); out and dout as x.

The gradient takes the normalisation into account, for mu and var depend on every x_i of the feature:

    dxhat  = dout gamma
    dx     = inv_std (dxhat - mean(dxhat) - xhat mean(dxhat xhat)),     inv_std = 1 / sqrt(var + eps)
    dgamma = sum_i dout xhat
    dbeta  = sum_i dout

So dx sums to 0 over the batch: to shift all x_i changes nothing.

Conventions: eps is under the root. The biased standard deviation of out is gamma sqrt(var / (var + eps)); the
2.0001 and 3.0001 of 001:1701 are the unbiased one, sqrt(m / (m - 1)) times as large. A feature that is
constant over the batch gives out = beta, and where m = 1 also dx = 0; with eps = 0 it is 0/0.

Errors: ValueError if gamma or beta is not one number a feature.

Lectures: 000:965-1018, 001:1616-1730, 003:43-168 (whose 003:55 has no eps).
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What backward needs, and what a wrong backward might use; S is (1, D) or (1, C, 1, 1)."""

    x: Array  # as given
    xhat: Array  # as x
    mu: Array  # S
    var: Array  # S
    inv_std: Array  # S
    gamma: Array  # S
    eps: float


def forward(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> tuple[Array, Cache]:
    """Normalise each feature of x over the batch, scale by gamma (D,), shift by beta (D,); out is as x."""
    gamma, beta = per_feature(gamma, x), per_feature(beta, x)
    mu = x.mean(axis=batch_axes(x), keepdims=True)
    var = ((x - mu) ** 2).mean(axis=batch_axes(x), keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    xhat = (x - mu) * inv_std
    return gamma * xhat + beta, Cache(x, xhat, mu, var, inv_std, gamma, eps)


def backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients (dx, dgamma, dbeta) of sum(dout * out), shaped like x, gamma and beta: the closed form."""
    i = batch_axes(dout)
    dxhat = dout * cache.gamma
    mean = dxhat.mean(axis=i, keepdims=True)
    projection = (dxhat * cache.xhat).mean(axis=i, keepdims=True)
    dx = cache.inv_std * (dxhat - mean - cache.xhat * projection)
    return dx, (dout * cache.xhat).sum(axis=i), dout.sum(axis=i)


def backward_by_six_formulas(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Return the same gradients by the lecture's six formulas, one a line (000:1008-1018).

    The second summand of dmu is 0, since deviations from a mean sum to 0: harmless, and on the slide.
    """
    x, xhat, mu, var, _, gamma, eps = cache
    i = batch_axes(x)
    m = x.size // mu.size
    total = partial(np.sum, axis=i, keepdims=True)
    std = np.sqrt(var + eps)
    dxhat = dout * gamma
    dvar = total(dxhat * (x - mu) * (-1 / 2) * std**-3)
    dmu = total(dxhat * -1 / std) + dvar * total(-2 * (x - mu)) / m
    dx = dxhat / std + dvar * 2 * (x - mu) / m + dmu / m
    dgamma = (dout * xhat).sum(axis=i)
    dbeta = dout.sum(axis=i)
    return dx, dgamma, dbeta


def terms(dout: Array, cache: Cache) -> dict[str, Array]:
    """Split dx into its three paths from x to out, each as x: straight, through mu and through var."""
    i = batch_axes(dout)
    xhat, inv_std = cache.xhat, cache.inv_std
    dxhat = dout * cache.gamma
    return {
        "direct": inv_std * dxhat,
        "mean": np.broadcast_to(-inv_std * dxhat.mean(axis=i, keepdims=True), dout.shape),
        "projection": -inv_std * xhat * (dxhat * xhat).mean(axis=i, keepdims=True),
    }


def identity_parameters(x: Array, eps: float = 1e-5) -> tuple[Array, Array]:
    """Return the (gamma, beta), (D,) each, with which forward gives x back: it can represent the identity.

    gamma = sqrt(var + eps) and beta = mu undo the normalisation of this one batch (003:150).
    """
    mu = x.mean(axis=batch_axes(x))
    var = x.var(axis=batch_axes(x))
    return np.sqrt(var + eps), mu


def centre_forward(x: Array, b: Array) -> tuple[Array, Array]:
    """Shift x by b (D,) and centre it, out = x + b - E(x + b) (000:967), as x; the cache is b."""
    shifted = x + per_feature(b, x)
    return shifted - shifted.mean(axis=batch_axes(x), keepdims=True), b


def centre_backward(dout: Array, cache: Array) -> tuple[Array, Array]:
    """Gradients (dx, db), shaped like x and b; E depends on b too, so b cancels and db is 0.

    Whoever holds E constant finds db = sum(dout): b then grows without end and out stays what it was.
    """
    b = cache
    dx = dout - dout.mean(axis=batch_axes(dout), keepdims=True)
    return dx, np.zeros_like(b)


def batch_axes(x: Array) -> tuple[int, ...]:
    """Every axis but 1, the feature's: what is averaged over."""
    return (0, *range(2, x.ndim))


def per_feature(parameter: Array, x: Array) -> Array:
    """Lay out a parameter (D,) along axis 1 of x: (1, D) or (1, C, 1, 1)."""
    return parameter.reshape(1, x.shape[1], *(1,) * (x.ndim - 2))
