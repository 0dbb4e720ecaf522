"""The one tolerance mechanism: three bands, from the arithmetic's unit roundoff and measured conditioning.

    rounding  |got - expected|_i <= 64 u (amplification + rms(expected) + |expected_i|)
    near      up to 1e-4 (|expected_i| + rms(expected)) more: a stabiliser, another epsilon
    off       beyond

A tensor that misses the band of double precision but lies in that of single precision passes with a note:
part of it was computed in float32, and no mistake worth the name is that small on every kind of input.

`amplification` is what one unit of rounding costs in the tensor (suites/conditioning.py measures it), so an
ill-conditioned case is as fair as a good one, and a tensor that is exactly zero has a tolerance too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from suites.leaves import leaves
from suites.types import Array, Opaque, Value

DOUBLE = 2.0**-53
SINGLE = 2.0**-24
ROUNDINGS = 64.0  # how many roundings in the same direction a right solution may collect
NEAR = 1e-4
PARTLY_SINGLE = "right to single precision only: float32 somewhere, or a small constant added for safety"


class Band(Enum):
    """How far a tensor is from what was expected."""

    ROUNDING = auto()
    NEAR = auto()
    OFF = auto()


@dataclass(frozen=True)
class Comparison:
    """`got` is None where the value has another shape or is no numeric array; then `cause` says so."""

    band: Band
    cause: str
    got: Array | None = None
    error: Array | None = None  # |got - expected|; inf where one of the two is not finite
    excess: float = 0.0  # largest error in units of the rounding tolerance, where it is beyond that
    notes: tuple[str, ...] = ()


def rounding(expected: Array, amplification: float, unit: float) -> Array:
    """The elementwise tolerance of the rounding band, shaped like `expected`."""
    return np.asarray(ROUNDINGS * unit * (amplification + _rms(expected) + np.abs(expected)))


def allowed(expected: Array, amplification: float) -> Array:
    """The elementwise error that `compare` still takes for rounding, whatever precision an answer has."""
    return rounding(np.where(np.isfinite(expected), expected, 0.0), amplification, SINGLE)


def _rms(x: Array) -> float:
    """The root of the mean square, as a product of the array with itself: a class has a million of them."""
    flat = x.ravel()
    return math.sqrt(flat.dot(flat) / flat.size) if flat.size else 0.0


def _largest(x: Array) -> float:
    """The largest entry, NaN where there is one, -inf of none; found thus in half the time of `max`."""
    return x.item(x.argmax()) if x.size else -math.inf


def compare(value: Value | Opaque, expected: Array, amplification: float, unit: float) -> Comparison:
    """Band of a returned value against the expected float64 array."""
    got, cause, notes = as_array(value, expected.shape)
    if got is None:
        return Comparison(Band.OFF, cause)
    with np.errstate(all="ignore"):
        error = np.abs(got - expected)
        tolerance = rounding(expected, amplification, unit)
        if _largest(error - tolerance) <= 0 and _largest(tolerance) < np.inf:  # nearly always
            return Comparison(Band.ROUNDING, "", got, error, 0.0, notes)
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
        error = np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))
        finite = np.where(np.isfinite(expected), expected, 0.0)
        tolerance = rounding(finite, amplification, unit)
        near = NEAR * np.abs(finite)
        near = near + NEAR * _rms(finite)
        excess = float(np.max(error / np.maximum(tolerance, np.finfo(np.float64).tiny)))
    if np.all(error <= tolerance):
        return Comparison(Band.ROUNDING, "", got, error, excess, notes)
    if np.all(error <= tolerance * (SINGLE / unit)):
        return Comparison(Band.ROUNDING, "", got, error, excess, (*notes, PARTLY_SINGLE))
    if not np.all(np.isfinite(got)) and np.all(np.isfinite(expected)):
        return Comparison(Band.OFF, "not finite", got, error, excess, notes)
    band = Band.NEAR if np.all(error <= near + tolerance) else Band.OFF
    return Comparison(band, "values differ", got, error, excess, notes)


def as_array(value: Value | Opaque, shape: tuple[int, ...]) -> tuple[Array | None, str, tuple[str, ...]]:
    """A returned value as a float64 array of the shape, or None and the cause; and what was forgiven."""
    if isinstance(value, Opaque):
        return None, f"returned {value.kind}, which cannot be sent back", ()
    if value is None:
        return None, "returned None", ()
    if isinstance(value, (str, dict, bool)):
        return None, f"returned a {type(value).__name__}, an array of shape {shape} was expected", ()
    notes: tuple[str, ...] = ()
    if isinstance(value, (list, tuple)):
        for leaf in leaves(value):
            if not isinstance(leaf, (int, float, np.ndarray)):
                kind = type(leaf).__name__
                return None, f"returned a list that holds a {kind}, real numbers were expected", ()
        try:
            value = np.array(value)
        except ValueError:
            return None, "returned nested lists of unequal lengths", ()
        notes = ("a list where an array is expected",)
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        return None, f"returned values of type {array.dtype}, real numbers were expected", ()
    if array.shape != shape:
        if _squeezed(array.shape) != _squeezed(shape):
            return None, f"shape {array.shape}, expected {shape}", ()
        notes = (*notes, _axes_note(array.ndim, len(shape)))
        array = array.reshape(shape)
    return array.astype(np.float64), "", notes


def _axes_note(got: int, expected: int) -> str:
    """Without sizes: it is the same for every case, and says nothing of a hidden one."""
    have = "1 axis" if got == 1 else f"{got} axes"
    want = "1 is" if expected == 1 else f"{expected} are"
    return f"{have} where {want} expected; axes of size one are forgiven"


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
