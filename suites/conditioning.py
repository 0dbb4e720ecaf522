"""How an oracle's answer moves with its inputs: what a unit of rounding costs, and where its slope jumps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from suites.answers import cast, run_oracle, tensors_of
from suites.assignment import Op
from suites.grid import direction
from suites.tolerance import SINGLE
from suites.types import Array, Value

KINK = 2.0**-26  # the step, relative to the scale, at which a smooth oracle is straight to 1e-3
NEARER = 2.0**-8  # of a move that shows conditioning: what it changes shrinks with it, a jump does not
DIRECTIONS = 4  # along which a kink is looked for


def amplification_of(
    op: Op,
    inputs: Mapping[str, Value],
    upstream: Array | None,
    expected: Mapping[str, Array],
    rng: np.random.Generator,
) -> dict[str, float]:
    """How much one unit of rounding costs in each tensor, measured two ways.

    The oracle in float32 shows what rounding inside does, inputs moved by a float32 rounding what it does
    outside; the larger of the two, in units of the roundoff of float32.
    """
    narrow = None if upstream is None else upstream.astype(np.float32)
    trials = [tensors_of(op, op.oracle, op.gradient, cast(inputs, np.float32), narrow)]
    for _ in range(2):
        turns = {name: _turns(value, rng) for name, value in inputs.items()}
        moves = [
            {name: _shaken(value, turns[name], size) for name, value in inputs.items()}
            for size in (SINGLE, SINGLE * NEARER)
        ]
        far, near = (tensors_of(op, op.oracle, op.gradient, moved, upstream) for moved in moves)
        trials.append({name: _straight(value, far[name], near[name]) for name, value in expected.items()})
    floor = dict.fromkeys(
        op.signature.gradients, 0.0 if upstream is None else float(np.max(np.abs(upstream)))
    )
    return {
        name: max(floor.get(name, 0.0), *(_distance(trial[name], value) for trial in trials))
        for name, value in expected.items()
    }


def _distance(a: Array, b: Array) -> float:
    worst = float(np.max(np.abs(a - b), initial=0.0)) / SINGLE
    return worst if np.isfinite(worst) else 0.0


def _turns(value: Value, rng: np.random.Generator) -> Array | None:
    """In which direction each number is moved; None for what is no float array."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return None
    return np.asarray(rng.choice((-1.0, 1.0), size=value.shape))


def _shaken(value: Value, turns: Array | None, size: float) -> Value:
    return value if turns is None else np.asarray(value) * (1 + size * turns)


def _straight(value: Array, far: Array, near: Array) -> Array:
    """`far`, but `value` where the oracle jumps: a step stays as high however little the inputs move.

    At a tie of scores a step says nothing of rounding, and would make any answer right.
    """
    jumps = np.abs(near - value) > np.abs(far - value) / 4
    return np.where(jumps, value, far)


def is_kinked(op: Op, inputs: Mapping[str, Value], upstream: Array, rng: np.random.Generator) -> bool:
    """Whether the slope of the oracle jumps at this point, along one of several random directions.

    Along one direction a kink shows little if the direction, or upstream, is small where it is.
    """
    return any(_jumps(op, inputs, upstream, rng) for _ in range(DIRECTIONS))


def _jumps(op: Op, inputs: Mapping[str, Value], upstream: Array, rng: np.random.Generator) -> bool:
    def value(t: float) -> float:
        moved = {**inputs, **{name: np.asarray(inputs[name]) + t * u for name, u in us.items()}}
        return float(np.sum(upstream * run_oracle(op, op.oracle, moved)[0][0]))

    us = {name: direction(rng, np.asarray(inputs[name])) for name in op.wrt}
    left, right = value(0.0) - value(-KINK), value(KINK) - value(0.0)
    return abs(right - left) > 1e-3 * max(abs(left), KINK * float(np.linalg.norm(upstream)))
