"""Pooling: a window that is slid along like a kernel, but keeps the maximum or the mean of what it sees.

    out[n, c, i, j] = sum_{p, q} share[p, q] x[n, c, s i + p, s j + q]     share depends on n, c, i, j too
    max             share is 1 at the maximum, 0 elsewhere
    mean            share is 1 / K^2 everywhere
    dx              every window hands its dout out by the same shares; where windows overlap, they add up

    x (N, C, H, W),  windows of K x K every s pixels,  H' = floor((H - K) / s) + 1,  out, dout (N, C, H', W')

Conventions: there is no padding; rows and columns that no window reaches (floor, not ceil) get no gradient.
Strictly speaking the maximum has no derivative where two pixels tie (000:783): here the first of them, row by
row, gets all of it. Any other distribution among them that adds up to 1 is a subgradient as well.

Errors: ValueError if the window is larger than the image.

Lectures: 000:775-803 with its window [[6, 8], [3, 5]], 002:437-445.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference.convolution import Index, patches, put_back, windows

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What backward needs."""

    x: Array  # (N, C, H, W)
    share: Array  # (N, C, H', K, W', K): what part of each output comes from each pixel of its window
    rows: Index  # (H', K): the rows that the windows of an output row cover
    cols: Index  # (W', K)


def max_forward(x: Array, size: int, stride: int) -> tuple[Array, Cache]:
    """Keep the largest pixel of each window; out is (N, C, H', W')."""
    rows, cols = windows(x.shape[2], size, stride), windows(x.shape[3], size, stride)
    return pooled(x, first_of_the_largest(patches(x, rows, cols)), rows, cols)


def mean_forward(x: Array, size: int, stride: int) -> tuple[Array, Cache]:
    """Take the mean of each window; out is (N, C, H', W')."""
    rows, cols = windows(x.shape[2], size, stride), windows(x.shape[3], size, stride)
    return pooled(x, np.full_like(patches(x, rows, cols), 1 / size**2), rows, cols)


def backward(dout: Array, cache: Cache) -> Array:
    """Gradient dx of sum(dout * out), for either kind of pooling."""
    x, share, rows, cols = cache
    return put_back(dout[:, :, :, np.newaxis, :, np.newaxis] * share, x, rows, cols)


def pooled(x: Array, share: Array, rows: Index, cols: Index) -> tuple[Array, Cache]:
    """Return the sum over each window of x, weighted by share, and the cache."""
    return (share * patches(x, rows, cols)).sum(axis=(3, 5)), Cache(x, share, rows, cols)


def first_of_the_largest(seen: Array) -> Array:
    """Return 1 at the first maximum, row by row, of each window (N, C, H', K, W', K), and 0 elsewhere."""
    flat = seen.transpose(0, 1, 2, 4, 3, 5).reshape(-1, seen.shape[3] * seen.shape[5])
    share = np.zeros_like(flat)
    share[np.arange(len(flat)), flat.argmax(axis=1)] = 1
    n, c, h, k, w, _ = seen.shape
    return share.reshape(n, c, h, w, k, k).transpose(0, 1, 2, 4, 3, 5)
