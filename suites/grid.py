"""Numbers on a dyadic grid, so that x + h*u is exact, in float32 too, when h is a power of two."""

from __future__ import annotations

import numpy as np

from suites.types import Array

BITS_OF_POINT = 20  # a point lies on multiples of 2**-20 of its scale
BITS_OF_DIRECTION = 6  # a direction on multiples of 2**-6 of it, so steps down to 2**-14 stay exact


def scale_of(x: Array) -> float:
    """The power of two nearest to the root mean square of x; 1 for an empty or zero array."""
    rms = float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) if x.size else 0.0
    return float(2.0 ** np.round(np.log2(rms))) if rms > 0 and np.isfinite(rms) else 1.0


def on_grid(x: Array, bits: int = BITS_OF_POINT) -> Array:
    """x rounded to multiples of 2**-bits of its scale; dtype and memory layout stay."""
    unit = scale_of(x) * 2.0**-bits
    snapped = np.empty_like(x)
    snapped[...] = np.round(np.asarray(x, dtype=np.float64) / unit) * unit
    return snapped


def direction(rng: np.random.Generator, x: Array, bits: int = BITS_OF_DIRECTION) -> Array:
    """A Gaussian direction of the shape and scale of x, on the grid, in float64.

    No entry is zero: on a grid of 6 bits one in 160 would be, and would hide what is wrong there.
    """
    unit = 2.0**-bits
    drawn = rng.standard_normal(x.shape)
    steps = np.round(drawn / unit) * unit
    steps = np.where(steps == 0, np.copysign(unit, drawn), steps)
    return np.asarray(steps * scale_of(x), dtype=np.float64)
