"""Group normalisation (Wu and He, 2018): each example by itself, its channels in groups.

    mu   = mean of a group            over its C/G channels and all their pixels
    var  = mean of (x - mu)^2         over the same, biased
    xhat = (x - mu) / sqrt(var + eps)
    out  = gamma xhat + beta          one gamma and beta a channel

x, out (N, C, H, W); gamma, beta (C,); G divides C. Group k holds the C/G channels that follow each other
from k C/G on. G = 1 is layer normalisation, G = C instance normalisation; the batch has no part in it, so
training and inference are the same.

    dxhat = dout gamma
    dx    = inv_std (dxhat - mean(dxhat) - xhat mean(dxhat xhat)),    means over the group
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What backward needs, and what a wrong backward might use."""

    x: Array  # (N, C, H, W), as given
    xhat: Array  # (N, C, H, W)
    inv_std: Array  # (N, G, 1)
    gamma: Array  # (C,)
    groups: int
    eps: float


def forward(x: Array, gamma: Array, beta: Array, groups: int, eps: float = 1e-5) -> tuple[Array, Cache]:
    """Normalise each group of channels of each example, scale by gamma, shift by beta; out is as x."""
    rows = grouped(x, groups)
    mu = rows.mean(axis=2, keepdims=True)
    var = ((rows - mu) ** 2).mean(axis=2, keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    xhat = ((rows - mu) * inv_std).reshape(x.shape)
    return channel(gamma) * xhat + channel(beta), Cache(x, xhat, inv_std, gamma, groups, eps)


def backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients (dx, dgamma, dbeta) of sum(dout * out), shaped like x, gamma and beta."""
    path = terms(dout, cache)
    dx = path["direct"] + path["mean"] + path["projection"]
    return dx, (dout * cache.xhat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))


def terms(dout: Array, cache: Cache) -> dict[str, Array]:
    """Split dx into its three paths from x to out, each as x: straight, through mu and through var."""
    dxhat = grouped(dout * channel(cache.gamma), cache.groups)
    xhat, inv_std = grouped(cache.xhat, cache.groups), cache.inv_std
    paths = {
        "direct": inv_std * dxhat,
        "mean": np.broadcast_to(-inv_std * dxhat.mean(axis=2, keepdims=True), xhat.shape),
        "projection": -inv_std * xhat * (dxhat * xhat).mean(axis=2, keepdims=True),
    }
    return {name: path.reshape(dout.shape) for name, path in paths.items()}


def grouped(x: Array, groups: int) -> Array:
    """Lay out x (N, C, H, W) with the values of a group in a row: (N, G, C/G * H * W)."""
    return x.reshape(len(x), groups, -1)


def channel(parameter: Array) -> Array:
    """A parameter (C,) along axis 1 of images: (C, 1, 1)."""
    return parameter[:, np.newaxis, np.newaxis]
