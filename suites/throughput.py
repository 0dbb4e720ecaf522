"""How much CPU time a student's code takes beside the reference's: paired, interleaved, believed by nobody.

Each side is a process of its own that runs in its turn alone and is stopped in the other's. A turn is a short
spacer, untimed, and a block of timed calls, each with inputs that were drawn for it and sent as it begins.
Both sides of a pair get the same inputs. What comes back is held until the clock stands; then every timed
answer is compared with the reference's, and some with the oracle's. The clock is the kernel's, of that one
process, read from outside.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Union

import numpy as np
from numpy.random import Generator

from suites.assignment import AuthoringError
from suites.ratio import Estimate, estimate
from suites.tolerance import as_array
from suites.turns import Arm, Block, NotMeasured, Opened, Question, opened_arm
from suites.types import Opaque, Value, Verdict
from suites.workload import Inputs, Workload

Tensors = Sequence[Union[Value, Opaque]]

DOUBLE_ENOUGH = 1e-9  # relative error, in the norm of a tensor, of what is right in double precision
SINGLE_ENOUGH = 1e-3  # and in single precision, through a chain of layers


@dataclass(frozen=True)
class Protocol:
    """How long it is measured, and what is too uncertain to stand."""

    least_call_s: float = 2e-3  # CPU time of the reference's call: below, the pipe is too much of it
    block_s: float = 12e-3  # CPU time of the reference's timed block
    warm_ups: int = 2  # spacers of each side at the beginning of a launch
    pairs: int = 6  # a launch
    launches: int = 3
    most_launches: int = 8
    budget_s: float = 15.0  # no launch begins after this
    width: float = math.log(1.03)  # half-width of the interval at which it ends
    widest: float = math.log(1.10)  # half-width at which nothing stands
    most_pipe: float = 0.05  # share of a call
    spaced: bool = True  # whether an untimed spacer goes before each timed block
    slow: float = 3.0  # times the reference's time from which half the pairs must do
    slowest: float = 20.0  # and from which it is not timed further


USUAL = Protocol()
WRONG_ANSWER = "an answer is wrong that came while it was timed"


@dataclass(frozen=True)
class Calibration:
    """The reference by itself: nanoseconds of CPU time a call, the pipe's share of them, calls a block."""

    reference_ns: float
    pipe_ns: float
    calls: int


@dataclass(frozen=True)
class Pair:
    """One block of each side, in nanoseconds a call."""

    student_ns: float
    reference_ns: float
    student_wall_ns: float
    reference_wall_ns: float


@dataclass(frozen=True)
class Comparison:
    """What was measured, and the largest relative error of any timed answer."""

    launches: tuple[tuple[Pair, ...], ...]
    error: float

    @property
    def pairs(self) -> list[Pair]:
        return [pair for launch in self.launches for pair in launch]

    def log_ratios(self, pipe_ns: float) -> list[list[float]]:
        """ln(student / reference) by launch, without the pipe's share."""
        return [
            [math.log((pair.student_ns - pipe_ns) / (pair.reference_ns - pipe_ns)) for pair in launch]
            for launch in self.launches
        ]


def calibrate(
    workload: Workload, reference: Opened, null: Opened, rng: Generator, protocol: Protocol = USUAL
) -> Calibration:
    """Time the reference alone, and the pipe alone with the same values on it.

    `null` answers with arrays of the right shapes and does nothing else. Raises AuthoringError where the
    reference is wrong or its call takes less than 2 ms.
    """
    with opened_arm(reference) as arm:
        inputs = workload.inputs(rng)
        (answer,) = arm.block((), (workload.calls(inputs, workload.depth),)).answers
        off = _relative_error(answer, workload.answers(inputs, workload.depth))
        if not off <= DOUBLE_ENOUGH:
            raise AuthoringError(
                f"workload {workload.name!r}: {workload.reference} is off by {off:.1e}: it is no reference;"
                " name a right solution"
            )
        reference_ns = _alone(arm, workload, rng)
    if reference_ns < 1e9 * protocol.least_call_s:
        raise AuthoringError(
            f"workload {workload.name!r}: a call of the reference takes {1e-6 * reference_ns:.2g} ms of CPU"
            f" time and needs {1e3 * protocol.least_call_s:g}; give it a larger size or depth"
        )
    with opened_arm(null) as arm:
        pipe_ns = _alone(arm, workload, rng)
    return Calibration(reference_ns, pipe_ns, max(1, math.ceil(1e9 * protocol.block_s / reference_ns)))


def _alone(arm: Arm, workload: Workload, rng: Generator, count: int = 7) -> float:
    questions = [workload.calls(workload.inputs(rng), workload.depth) for _ in range(count + 1)]
    return float(np.median([arm.block((), (question,)).cpu_ns for question in questions][1:]))


def compare(
    workload: Workload,
    student: Opened,
    reference: Opened,
    calibration: Calibration,
    rng: Generator,
    protocol: Protocol = USUAL,
) -> Comparison:
    """Measure until the interval is narrow enough, wherever it lies, or the budget is spent.

    Raises NotMeasured where the student does not answer, answers wrong, or takes far longer than that.
    """
    protocol = _fitting(workload, student, calibration, rng, protocol)
    launches: list[tuple[Pair, ...]] = []
    error, began = 0.0, time.monotonic()
    while True:
        pairs, off = _launch(workload, student, reference, calibration, rng, protocol, len(launches))
        launches.append(pairs)
        error = max(error, off)
        comparison = Comparison(tuple(launches), error)
        if len(launches) < protocol.launches:
            continue
        spent = time.monotonic() - began > protocol.budget_s
        if spent or len(launches) >= protocol.most_launches:
            return comparison
        if estimated(comparison, calibration, rng).half_width <= protocol.width:
            return comparison


def _fitting(
    workload: Workload, student: Opened, calibration: Calibration, rng: Generator, protocol: Protocol
) -> Protocol:
    """The protocol for a student who may be slow, from one short call."""
    depth = _spacer_depth(workload)
    with opened_arm(student) as arm:
        first, second = (workload.calls(workload.inputs(rng), depth) for _ in range(2))
        block = arm.block((first,), (second,))  # with the first call comes the import
    times = block.cpu_ns * workload.depth / depth / calibration.reference_ns
    if times > protocol.slowest:
        cause = (
            f"takes more than {protocol.slowest:g} times the reference's CPU time, and is not timed further"
        )
        raise NotMeasured(Verdict.TIMEOUT, cause)
    return replace(protocol, pairs=(protocol.pairs + 1) // 2) if times > protocol.slow else protocol


def estimated(comparison: Comparison, calibration: Calibration, rng: Generator) -> Estimate:
    """The log ratio with its interval. Raises NotMeasured where a side did no more than the pipe alone."""
    least = min(min(pair.student_ns, pair.reference_ns) for pair in comparison.pairs)
    if not least > calibration.pipe_ns:
        raise NotMeasured(Verdict.INCONCLUSIVE, "a call takes no more CPU time than the pipe alone")
    return estimate(comparison.log_ratios(calibration.pipe_ns), rng)


def _launch(
    workload: Workload,
    student: Opened,
    reference: Opened,
    calibration: Calibration,
    rng: Generator,
    protocol: Protocol,
    number: int,
) -> tuple[tuple[Pair, ...], float]:
    """Fresh processes: a number of pairs, in turn begun by either, and the largest error of an answer."""
    with ExitStack() as stack:
        sides = (stack.enter_context(opened_arm(student)), stack.enter_context(opened_arm(reference)))
        for _ in range(protocol.warm_ups):
            for side in _order(sides, number):
                side.block(_spacer(workload, calibration, rng), ())
        pairs: list[Pair] = []
        error = 0.0
        shown = int(rng.integers(protocol.pairs))  # the pair that the oracle looks at
        for k in range(protocol.pairs):
            calls = _jittered(calibration.calls, rng)
            drawn = [workload.inputs(rng) for _ in range(calls)]
            timed = [workload.calls(inputs, workload.depth) for inputs in drawn]
            blocks = {}
            for side in _order(sides, number + k):
                spacer = _spacer(workload, calibration, rng) if protocol.spaced else []
                blocks[side] = side.block(spacer, timed)
            mine, theirs = (blocks[side] for side in sides)
            error = max(error, _checked(workload, drawn, mine, theirs, rng if k == shown else None))
            pairs.append(
                Pair(mine.cpu_ns / calls, theirs.cpu_ns / calls, mine.wall_ns / calls, theirs.wall_ns / calls)
            )
    return tuple(pairs), error


def _order(sides: tuple[Arm, Arm], turn: int) -> tuple[Arm, Arm]:
    return sides if turn % 2 == 0 else (sides[1], sides[0])


def _jittered(calls: int, rng: Generator) -> int:
    """A fifth more or fewer, so that nothing periodic falls in step with the blocks."""
    return max(1, round(calls * float(rng.uniform(0.8, 1.2))))


def _spacer_depth(workload: Workload) -> int:
    return max(1, workload.depth // 3)


def _spacer(workload: Workload, calibration: Calibration, rng: Generator) -> list[Question]:
    """About a third of a block, with inputs to be thrown away: it leaves caches as a block finds them."""
    many = calibration.calls >= 3
    count, depth = (calibration.calls // 3, workload.depth) if many else (1, _spacer_depth(workload))
    return [workload.calls(workload.inputs(rng), depth) for _ in range(count)]


def _checked(
    workload: Workload, drawn: Sequence[Inputs], mine: Block, theirs: Block, rng: Generator | None
) -> float:
    """The largest relative error of the answers; with a generator one is held against the oracle, too."""
    wanted: list[tuple[Tensors, Tensors]] = list(zip(mine.answers, theirs.answers))
    if rng is not None:
        i = int(rng.integers(len(drawn)))
        wanted.append((mine.answers[i], workload.answers(drawn[i], workload.depth)))
    off = max(_relative_error(got, want) for got, want in wanted)
    if not off <= SINGLE_ENOUGH:
        raise NotMeasured(Verdict.FAIL, WRONG_ANSWER)
    return off


def _relative_error(got: Tensors, want: Tensors) -> float:
    """The largest over tensors of |got - want| / |want| in the Euclidean norm; infinite for another shape."""
    worst = 0.0 if len(got) == len(want) else math.inf
    for mine, theirs in zip(got, want):
        expected = np.asarray(theirs, dtype=float)
        array, _, _ = as_array(mine, expected.shape)
        if array is None:
            return math.inf
        with np.errstate(all="ignore"):
            size = math.sqrt(np.square(expected).sum())  # without BLAS, whose threads wait for busy cores
            off = math.sqrt(np.square(array - expected).sum())
        off = off / size if size else off
        worst = max(worst, off if math.isfinite(off) else math.inf)
    return worst


def growth(workload: Workload, student: Opened, rng: Generator, count: int = 3) -> list[list[float]]:
    """CPU time, in nanoseconds, of single calls at the sizes of `workload.sizes`: a few of each."""
    costs: list[list[float]] = []
    with opened_arm(student) as arm:
        for size in workload.sizes:
            questions = [workload.calls(workload.inputs(rng, size), workload.depth) for _ in range(count + 1)]
            costs.append([float(arm.block((), (question,)).cpu_ns) for question in questions][1:])
    return costs
