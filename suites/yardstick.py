"""The reference by itself: how long its call takes, how much of that is the pipe's. The unit of speed.

What crosses the pipe costs CPU time of the process that is timed, so a submission that does nothing is timed,
too: with the same values on the pipe. That its share is small is up to who declares the workload.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Union

import numpy as np
from numpy.random import Generator

from suites.assignment import AuthoringError
from suites.tolerance import as_array
from suites.turns import Arm, Opened, opened_arm
from suites.types import Opaque, Value
from suites.workload import Workload

Tensors = Sequence[Union[Value, Opaque]]

DOUBLE_ENOUGH = 1e-9  # relative error, in the norm of a tensor, of what is right in double precision
SINGLE_STEPS = 1e-4  # and of many steps on a GPU, in single precision
ALONE = 3  # fresh processes in which the reference, and the pipe, are timed alone
CALLS_ALONE = 5  # in each of them, after one that is not counted
WIDE = 4.30  # standard errors of a mean of three, either way, that hold the truth 19 times in 20
MARGIN = 1.5  # by which a call is longer than it must be, so that it still is when the machine is busy
_MOST_STEPS = 1 << 16


@dataclass(frozen=True)
class Protocol:
    """How long it is measured, and what is too uncertain to stand."""

    least_call_s: float = 2e-3  # of the reference's call: below, the pipe is too much of it
    block_s: float = 12e-3  # of the reference's timed block
    slice_s: float = 4e-3  # after which the other side has the processor; in shorter ones caches count
    warm_ups: int = 1  # whole calls of each side at the beginning of a launch
    settle_s: float = 0.0  # and as many more, at most so long, until three in a row take the same time
    pairs: int = 6  # a launch
    launches: int = 6  # before which no interval is believed to be narrow
    most_launches: int = 20
    budget_s: float = 4.8  # wall time: no launch begins that would end later, but for the first half of those
    width: float = math.log(1.02)  # half-width of the interval at which it ends
    widest: float = math.log(1.10)  # half-width at which nothing stands
    most_pipe: float = 0.05  # share of the reference's call
    spaced: bool = True  # whether an untimed spacer goes before each timed block
    slow: float = 3.0  # times the reference's time from which half the pairs must do
    slowest: float = 20.0  # and from which it is not timed further


USUAL = Protocol()
# Few launches of many pairs: processes on a GPU are slow to begin. Chosen from what others report, and not
# measured here yet.
ON_A_GPU = Protocol(
    least_call_s=60e-3,
    block_s=60e-3,
    slice_s=math.inf,  # a process that is stopped leaves the GPU what it has asked of it
    settle_s=3.0,
    pairs=8,
    launches=3,
    most_launches=6,
    budget_s=180.0,
    width=math.log(1.015),
)


@dataclass(frozen=True)
class Calibration:
    """The reference by itself: nanoseconds a call, what the pipe takes of them, calls a block.

    pipe_half_ns  half-width of the pipe's 95 % interval.
    """

    reference_ns: float
    pipe_ns: float
    calls: int
    pipe_half_ns: float = 0.0


def calibrate(
    workload: Workload, reference: Opened, null: Opened, rng: Generator, protocol: Protocol = USUAL
) -> Calibration:
    """Time the reference alone, and the pipe alone with the same values on it.

    `null` answers with arrays of the right shapes and does nothing else. Raises AuthoringError where the
    reference is wrong, its call takes less than 2 ms, or the pipe certainly takes more than a
    twentieth of that.
    """
    errors = _errors(workload, reference, rng)
    if not max(errors) <= right_enough(workload):
        raise AuthoringError(f"workload {workload.name!r}: {_why_off(workload, errors, reference, rng)}")
    both = [[_alone(opened, workload, rng) for opened in (reference, null)] for _ in range(ALONE)]
    references, pipes = zip(*both)  # in turn, so that a busy moment is both's
    reference_ns = float(np.mean(references))
    if reference_ns < 1e9 * protocol.least_call_s:
        raise AuthoringError(
            f"workload {workload.name!r}: a call of the reference takes {1e-6 * reference_ns:.2g} ms of"
            f" {'CPU' if workload.clock == 'cpu' else 'wall'} time and needs"
            f" {1e3 * protocol.least_call_s:g}; give it a larger size or depth"
        )
    pipe_ns = float(np.mean(pipes))
    half = WIDE * float(np.std(pipes, ddof=1)) / math.sqrt(ALONE)
    if pipe_ns - half > protocol.most_pipe * reference_ns:  # certainly, and not because the machine is busy
        raise AuthoringError(
            f"workload {workload.name!r}: the pipe takes {pipe_ns / reference_ns:.1%} of a call of the"
            f" reference and may take {protocol.most_pipe:.0%}; give it a larger depth"
        )
    return Calibration(reference_ns, pipe_ns, math.ceil(1e9 * protocol.block_s / reference_ns), half)


def off_by(workload: Workload, opened: Opened, rng: Generator) -> float:
    """The relative error of one answer, by the oracle's; infinite for another shape."""
    return max(_errors(workload, opened, rng))


def _errors(workload: Workload, opened: Opened, rng: Generator) -> list[float]:
    """The same of each tensor of the answer."""
    inputs, depth = workload.inputs(rng), workload.proved_depth
    with opened_arm(opened) as arm:
        (answer,) = arm.block((), (workload.calls(inputs, depth),)).answers
    return relative_errors(answer, workload.answers(inputs, depth))


def _why_off(workload: Workload, errors: Sequence[float], reference: Opened, rng: Generator) -> str:
    """What to mend: the file, or, where one layer of it is right, what is drawn."""
    file, depth, off = workload.reference, workload.proved_depth, max(errors)
    if off_by(replace(workload, depth=1), reference, rng) > right_enough(workload):
        return f"{file} is off by {off:.1e}: it is no reference; name a right solution"
    one, worst = "step" if workload.steps else "layer", workload.tensors[errors.index(off)]
    return (
        f"one {one} of {file} is right and {depth} are not ({worst} is off by {off:.1e}): what goes through"
        " them vanishes on the way, or grows; draw other parameters, and see that no call changes what"
        " another keeps"
    )


def right_enough(workload: Workload) -> float:
    """The relative error up to which an answer is as right as its precision allows."""
    return DOUBLE_ENOUGH if workload.on == "cpu" else SINGLE_STEPS


def lengthened(
    workload: Workload, reference: Opened, null: Opened, rng: Generator, protocol: Protocol
) -> Workload:
    """The workload with as many steps as a call needs to be long enough, and the pipe a small part of it.

    How fast a GPU is, and the way there, is known on its own machine alone. AuthoringError where not even
    65,536 steps are enough.
    """
    with opened_arm(reference, ours=True) as one, opened_arm(null, ours=True) as two:
        while workload.depth <= _MOST_STEPS:
            whole, pipe = (_shortest(arm, workload, rng) for arm in (one, two))
            if whole - pipe >= MARGIN * max(1e9 * protocol.least_call_s, pipe / protocol.most_pipe):
                return workload
            workload = replace(workload, depth=2 * workload.depth)
    raise AuthoringError(
        f"workload {workload.name!r}: {_MOST_STEPS} steps of the reference take too little time beside what"
        " its arguments take to be sent; make them smaller, or a step more work"
    )


def _shortest(arm: Arm, workload: Workload, rng: Generator) -> float:
    """The least time of three calls: the first begin cold."""
    calls = [workload.calls(workload.inputs(rng), workload.depth) for _ in range(3)]
    return float(min(arm.block((), (call,)).ns(workload.clock) for call in calls))


def _alone(opened: Opened, workload: Workload, rng: Generator) -> float:
    """Time of a call in a process of its own with nobody beside it: the median of a few.

    A spacer goes before each, as where two are compared: what was stopped begins cold, the pipe above all.
    """
    times = []
    with opened_arm(opened) as arm:
        for _ in range(CALLS_ALONE + 1):
            spacer, timed = (
                workload.calls(workload.inputs(rng), depth)
                for depth in (spacer_depth(workload), workload.depth)
            )
            times.append(arm.block((spacer,), (timed,)).ns(workload.clock))
    return float(np.median(times[1:]))


def spacer_depth(workload: Workload) -> int:
    """Layers of a call before what is timed: about a third."""
    return max(1, workload.depth // 3)


def relative_error(got: Tensors, want: Tensors) -> float:
    """The largest over tensors of |got - want| / |want| in the Euclidean norm; infinite for another shape."""
    return max(relative_errors(got, want), default=0.0)


def relative_errors(got: Tensors, want: Tensors) -> list[float]:
    """The same of each tensor; infinite for all of them where there is another number of them."""
    if len(got) != len(want):
        return [math.inf] * max(len(got), len(want))
    return [_relative_error(mine, theirs) for mine, theirs in zip(got, want)]


def _relative_error(mine: Value | Opaque, theirs: Value | Opaque) -> float:
    expected = np.asarray(theirs, dtype=float)
    array, _, _ = as_array(mine, expected.shape)
    if array is None:
        return math.inf
    with np.errstate(all="ignore"):
        size = math.sqrt(np.square(expected).sum())  # without BLAS, whose threads wait for busy cores
        off = math.sqrt(np.square(array - expected).sum())
    off = off / size if size else off
    return off if math.isfinite(off) else math.inf
