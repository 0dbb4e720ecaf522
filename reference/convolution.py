"""Convolution of images: the same small kernel looks at every patch, as a neuron that is slid along.

    out[n, f, i, j] = b[f] + sum_{c, p, q} w[f, c, p, q] xp[n, c, s i + p, s j + q]
    dw[f, c, p, q]  = sum_{n, i, j} dout[n, f, i, j] xp[n, c, s i + p, s j + q]
    db[f]           = sum_{n, i, j} dout[n, f, i, j]                one bias serves every pixel of a map
    dxp[n, c, y, x] = sum of w[f, c, p, q] dout[n, f, i, j] over all f, i, j, p, q that meet pixel (y, x):
                      s i + p = y and s j + q = x; dx is dxp without its border

    x (N, C, H, W),  w (F, C, K, L),  b (F,),  xp is x in a border of zeros, pad wide on each side
    out, dout (N, F, H', W'),  H' = floor((H + 2 pad - K) / s) + 1,  W' = floor((W + 2 pad - L) / s) + 1

Conventions: as in every deep-learning library this is cross-correlation, the kernel is not turned (000:645);
`true_convolution` turns it. Windows start every `stride` pixels, so stride 1 is every pixel (002:416 counts
the pixels that are skipped: 1 + stride). Rows and columns that no window reaches get no gradient. stride and
pad are one number or a pair (vertical, horizontal).

A shifted image gives a shifted map: convolution is equivariant. Only the map's maximum is invariant, which is
what 000:675 means. A 1x1 kernel mixes the channels of one pixel (000:842).

Errors: ValueError if the kernel is larger than the padded image.

Lectures: a dot product of the kernel and a patch 000:618, a shared bias 000:733, channels 000:749-760 and
002:397, padding and strides 002:410-435, receptive field 000:769 and 000:863.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]
Pair = int | tuple[int, int]


class Cache(NamedTuple):
    """What backward needs."""

    xp: Array  # (N, C, H + 2 pad, W + 2 pad), x in its border of zeros
    w: Array  # (F, C, K, L)
    rows: Index  # (H', K): rows[i, p] is the row of xp that row p of the kernel meets in output row i
    cols: Index  # (W', L)
    pad: tuple[int, int]


def forward(x: Array, w: Array, b: Array, stride: Pair = 1, pad: Pair = 0) -> tuple[Array, Cache]:
    """Slide the kernels w (F, C, K, L) over the images x (N, C, H, W); out is (N, F, H', W')."""
    (down, along), (top, left) = both(stride), both(pad)
    xp = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    rows = windows(xp.shape[2], w.shape[2], down)
    cols = windows(xp.shape[3], w.shape[3], along)
    out = np.einsum("ncipjq,fcpq->nfij", patches(xp, rows, cols), w) + b[:, np.newaxis, np.newaxis]
    return out, Cache(xp, w, rows, cols, (top, left))


def backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients (dx, dw, db) of sum(dout * out), shaped like x, w and b."""
    xp, w, rows, cols, (top, left) = cache
    db = dout.sum(axis=(0, 2, 3))
    dw = np.einsum("nfij,ncipjq->fcpq", dout, patches(xp, rows, cols))
    dxp = put_back(np.einsum("nfij,fcpq->ncipjq", dout, w), xp, rows, cols)
    return dxp[:, :, top : dxp.shape[2] - top, left : dxp.shape[3] - left], dw, db


def windows(length: int, size: int, stride: int) -> Index:
    """Return which positions each window covers, (windows, size); what is left at the end is not covered."""
    if size > length:
        raise ValueError(f"a window of {size} does not fit into {length}")
    starts = np.arange(0, length - size + 1, stride)
    return starts[:, np.newaxis] + np.arange(size)


def patches(x: Array, rows: Index, cols: Index) -> Array:
    """Return what each window sees, (N, C, H', K, W', L)."""
    return x[:, :, rows[:, :, np.newaxis, np.newaxis], cols]


def put_back(seen: Array, like: Array, rows: Index, cols: Index) -> Array:
    """Add what each window holds to the pixels it saw, in the shape of `like`: the transpose of `patches`."""
    total = np.zeros_like(like)
    where: Any = (slice(None), slice(None), rows[:, :, np.newaxis, np.newaxis], cols)
    np.add.at(total, where, seen)  # unlike total[where] += seen it counts a pixel as often as it is seen
    return total


def both(value: Pair) -> tuple[int, int]:
    """Return a number for the vertical and one for the horizontal."""
    return value if isinstance(value, tuple) else (value, value)


def true_convolution(x: Array, w: Array, b: Array, stride: Pair = 1, pad: Pair = 0) -> tuple[Array, Cache]:
    """Slide the kernels turned by 180 degrees, as mathematics and signal processing define it."""
    return forward(x, w[:, :, ::-1, ::-1], b, stride, pad)


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """Return how wide a stretch of the input one output sees, through layers of (kernel size, stride)."""
    width, step = 1, 1  # step: how far apart in the input two neighbours of this layer are
    for size, stride in layers:
        width, step = width + (size - 1) * step, step * stride
    return width
