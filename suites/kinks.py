"""At a kink of the oracle any gradient between the two sides is right: ReLU at 0, the tie of a maximum.

Along a random direction the kinks of several entries mix, and a right gradient need not lie between the two
slopes that come of it. So each entry in which the student differs from the oracle is asked by itself: there
the student's own forward must have a slope that jumps, by the same height at two steps, and the student's
gradient must lie between its sides.
"""

from __future__ import annotations

import numpy as np

from suites.grid import scale_of
from suites.ladder import Point, climb
from suites.tolerance import rounding
from suites.types import Array

MOST = 32  # entries that are asked, drawn where more differ


def subgradient(point: Point, name: str, rng: np.random.Generator) -> bool:
    """Whether one gradient leaves the oracle's at kinks only, and lies between their two sides."""
    tensor = "d" + name
    expected = point.case.expected.get(tensor)
    if expected is None:
        return False
    out, grads = point.gradients()
    gradient = grads[name]
    amplification = point.case.amplification.get(tensor, 0.0)
    slack = rounding(expected, amplification, point.arithmetic.unit)
    off = rng.permutation(np.argwhere(~(np.abs(gradient - expected) <= slack)))[:MOST]
    return len(off) > 0 and all(_between(point, out, gradient, name, tuple(index)) for index in off)


def _between(point: Point, out: Array, gradient: Array, name: str, index: tuple[int, ...]) -> bool:
    kind = point.arithmetic
    u = np.zeros(gradient.shape)
    u[index] = scale_of(np.asarray(point.inputs[name]))
    analytic = float(gradient[index] * u[index])
    near = climb(point, out, {name: u}, kind.step, alone=True)
    nearer = climb(point, out, {name: u}, kind.step * kind.second_scale, alone=True)
    if not (near.jump > 20 * nearer.rounding and max(near.error, nearer.error) < 0.1 * near.jump):
        return False
    if abs(near.jump - nearer.jump) > 0.1 * near.jump:
        return False
    low, high = sorted((near.left, near.right))
    return max(low - analytic, analytic - high) <= 4 * near.error
