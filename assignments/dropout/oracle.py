"""Dropout as students write it, with its two modes; the mathematics is that of `reference/dropout.py`."""

from typing import NamedTuple

import numpy as np

from reference import dropout as reference
from suites import Law

CHANNELS = (2, 3)  # along these one draw serves all


class Cache(NamedTuple):
    """What a backward needs, and what a wrong one might use."""

    x: np.ndarray
    p: float
    training: bool
    mask: np.ndarray  # who stayed, in the shape of x; everybody at test
    factor: np.ndarray  # what each entry was multiplied by


def multiplied(x, p, mode, mask, factor):
    """x times mask times a number, and the cache that a right backward needs for it."""
    mask = np.broadcast_to(mask, x.shape)
    return x * mask * factor, Cache(x, p, mode == "train", mask, mask * factor)


def dropout(x, p, mode, rng):
    """Inverted dropout of x of any shape."""
    if mode == "test":
        return multiplied(x, p, mode, True, reference.inverted_test(x, p)[1].factor)
    return multiplied(x, p, mode, reference.draw(x.shape, p, rng), 1 / (1 - p))


def spatial(x, p, mode, rng):
    """The same for channels of x (N, C, H, W)."""
    if mode == "test":
        return dropout(x, p, mode, rng)
    return multiplied(x, p, mode, reference.draw(x.shape, p, rng, CHANNELS), 1 / (1 - p))


def gradient(dout, cache, rng):
    """dx, for both; nothing is random here."""
    return reference.backward(dout, reference.Cache(cache.factor))


def law(x, p, mode):
    """Who survives, and times what."""
    return Law(1.0, 1.0) if mode == "test" else Law(1 - p, 1 / (1 - p))


def spatial_law(x, p, mode):
    """The same, where one draw serves a channel."""
    return Law(1.0, 1.0) if mode == "test" else Law(1 - p, 1 / (1 - p), CHANNELS)
