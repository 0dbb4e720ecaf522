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


def dropout(x, p, mode, rng, shared=()):
    """Inverted dropout of x of any shape; along the axes `shared` one draw serves all."""
    if mode == "test":
        mask, (out, cache) = True, reference.inverted_test(x, p)
    else:
        mask = reference.draw(x.shape, p, rng, shared)
        out, cache = reference.inverted_forward(x, p, mask)
    return out, Cache(x, p, mode == "train", np.broadcast_to(mask, x.shape), cache.factor)


def spatial(x, p, mode, rng):
    """The same for channels of x (N, C, H, W)."""
    return dropout(x, p, mode, rng, CHANNELS)


def gradient(dout, cache, rng):
    """dx, for both; nothing is random here."""
    return reference.backward(dout, reference.Cache(cache.factor))


def law(x, p, mode):
    """Who survives, and times what."""
    return Law(1.0, 1.0) if mode == "test" else Law(1 - p, 1 / (1 - p))


def spatial_law(x, p, mode):
    """The same, where one draw serves a channel."""
    return Law(1.0, 1.0) if mode == "test" else Law(1 - p, 1 / (1 - p), CHANNELS)
