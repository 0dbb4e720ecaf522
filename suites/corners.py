"""Where the slope of an oracle jumps, both its sides, entry by entry: any gradient between them is right.

Judging asks the student's own forward there (suites/kinks.py). Who has no student to ask, such as a receipt
that is written for later, takes the slopes of the oracle, which a right forward shares.
"""

from __future__ import annotations

import numpy as np

from suites.answers import cast, run_oracle
from suites.assignment import Op
from suites.grid import scale_of
from suites.types import Array, Case

STEP = 2.0**-14  # relative to the scale of the argument; the second step is half as long
JUMP = 1e-3  # of the larger slope: what is less is curvature


def sides(op: Op, case: Case, tensor: str) -> tuple[Array, Array]:
    """The lowest and the highest value that each entry of a gradient may have: equal but at a corner."""
    low, high = case.expected[tensor].copy(), case.expected[tensor].copy()
    if case.kinked and "self" in case.checks and tensor in op.signature.gradients:
        name = tensor.removeprefix("d")
        with np.errstate(all="ignore"):
            for index in np.ndindex(low.shape):
                left, right = _slopes(op, case, name, index)
                if abs(right - left) > JUMP * max(abs(left), abs(right)):
                    low[index] = min(low[index], left, right)
                    high[index] = max(high[index], left, right)
    return low, high


def _slopes(op: Op, case: Case, name: str, index: tuple[int, ...]) -> tuple[float, float]:
    """The slope of sum(dout * out) along one entry, from the left and from the right; equal for no corner."""
    inputs = cast(case.inputs, np.float64)
    at = np.asarray(inputs[name])
    step = STEP * scale_of(at)

    def value(by: float) -> float:
        moved = at.copy()
        moved[index] += by
        (out, *_), _ = run_oracle(op, op.oracle, {**inputs, name: moved})
        return float(np.sum(np.asarray(case.upstream, dtype=np.float64) * out))

    here = value(0.0)
    far, near = [[(value(s * h) - here) / (s * h) for s in (-1, 1)] for h in (step, step / 2)]
    left, right = (2 * n - f for n, f in zip(near, far))  # without the part that grows with the step
    jump = right - left
    stays = abs((far[1] - far[0]) - jump) <= 0.1 * abs(jump)
    return (left, right) if stays and np.isfinite(jump) else (0.0, 0.0)
