"""How much time a student's code takes beside the reference's: paired, interleaved, believed by nobody.

Each side is a process of its own that runs in its turns alone and is stopped in the other's. A block is a
short spacer, untimed, and some timed calls, each with inputs that were drawn for it and sent as it begins.
Both sides of a pair get the same inputs, and take turns of a few milliseconds in the middle of their calls,
too. What comes back is held until the clock stands; then every timed answer is compared with the reference's,
and some with the oracle's. The clock is the kernel's, of that one process, read from outside; for what is
done on a GPU it is ours, from asking until the answer is here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Callable

import numpy as np
from numpy.random import Generator

from suites.ratio import Estimate, estimate
from suites.turns import Arm, Block, NotMeasured, Opened, Question, opened_arm, together
from suites.types import Clock, Verdict
from suites.workload import Inputs, Workload
from suites.yardstick import (
    DOUBLE_ENOUGH,
    USUAL,
    Calibration,
    Protocol,
    Tensors,
    relative_error,
    spacer_depth,
)

SINGLE_ENOUGH = 1e-2  # and in single precision, which carries a unit over its kink now and then
WRONG_ANSWER = "an answer is wrong that came while it was timed"
WRONG_REFERENCE = "the reference answered wrong beside it"


@dataclass(frozen=True)
class Pair:
    """One block of each side, in nanoseconds a call: by the protocol's clock, then by the wall's.

    student_device_ns  what the student's side says that its GPU took, for comparison only.
    """

    student_ns: float
    reference_ns: float
    student_wall_ns: float
    reference_wall_ns: float
    student_device_ns: float = 0.0


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


Steady = Callable[[], bool]


def compare(
    workload: Workload,
    student: Opened,
    reference: Opened,
    calibration: Calibration,
    rng: Generator,
    protocol: Protocol = USUAL,
    steady: Steady = lambda: True,
) -> Comparison:
    """Measure until the interval is narrow enough, wherever it lies, or the budget is spent.

    `steady` is asked after each pair whether the processor still ran at its speed; what it denies is measured
    again. Raises NotMeasured where the student does not answer, answers wrong, or takes far longer than that;
    where the reference does, the verdict is that of a failure of ours.
    """
    ends = time.monotonic() + protocol.budget_s
    protocol = _fitting(workload, student, calibration, rng, protocol)
    launches: list[tuple[Pair, ...]] = []
    error = longest = 0.0
    while True:
        began = time.monotonic()
        pairs, off = _launch(workload, student, reference, calibration, rng, protocol, steady, len(launches))
        launches.append(pairs)
        error, longest = max(error, off), max(longest, time.monotonic() - began)
        comparison = Comparison(tuple(launches), error)
        if len(launches) < (protocol.launches + 1) // 2:
            continue
        if time.monotonic() + longest > ends or len(launches) >= protocol.most_launches:
            return comparison
        if len(launches) < protocol.launches:
            continue
        if estimated(comparison, calibration, rng).half_width <= protocol.width:
            return comparison


def _fitting(
    workload: Workload, student: Opened, calibration: Calibration, rng: Generator, protocol: Protocol
) -> Protocol:
    """The protocol for a student who may be slow, from one short call."""
    depth = spacer_depth(workload)
    first, second = (workload.calls(workload.inputs(rng), depth) for _ in range(2))
    with opened_arm(student) as arm:
        block = arm.block((first,), (second,))  # with the first call comes the import
    times = block.ns(workload.clock) * workload.depth / depth / calibration.reference_ns
    if times > protocol.slowest:
        clock = "CPU time" if workload.clock == "cpu" else "time"
        cause = (
            f"takes more than {protocol.slowest:g} times the reference's {clock}, and is not timed further"
        )
        raise NotMeasured(Verdict.TIMEOUT, cause)
    return replace(protocol, pairs=(protocol.pairs + 1) // 2) if times > protocol.slow else protocol


def estimated(comparison: Comparison, calibration: Calibration, rng: Generator) -> Estimate:
    """The log ratio with its interval. Raises NotMeasured where a side did no more than the pipe alone."""
    least = min(min(pair.student_ns, pair.reference_ns) for pair in comparison.pairs)
    if not least > calibration.pipe_ns:
        raise NotMeasured(Verdict.INCONCLUSIVE, "a call takes no more time than the pipe alone")
    return estimate(comparison.log_ratios(calibration.pipe_ns), rng)


def pipe_doubt(comparison: Comparison, calibration: Calibration) -> float:
    """How far off the log ratio may be because the pipe is known so well only: half-width of its interval.

    It cancels out where both sides are equally fast, and counts for the faster one else.
    """
    pairs, pipe = comparison.pairs, calibration.pipe_ns
    student = float(np.median([pair.student_ns for pair in pairs])) - pipe
    reference = float(np.median([pair.reference_ns for pair in pairs])) - pipe
    return calibration.pipe_half_ns * abs(1 / student - 1 / reference)


def _launch(
    workload: Workload,
    student: Opened,
    reference: Opened,
    calibration: Calibration,
    rng: Generator,
    protocol: Protocol,
    steady: Steady,
    number: int,
) -> tuple[tuple[Pair, ...], float]:
    """Fresh processes: a number of pairs, in turn begun by either, and the largest error of an answer."""
    with ExitStack() as stack:
        mine = stack.enter_context(opened_arm(student))
        sides = (mine, stack.enter_context(opened_arm(reference, ours=True)))
        for _ in range(protocol.warm_ups):
            whole = workload.calls(workload.inputs(rng), workload.depth)
            for side in _order(sides, number):
                side.block((whole,), ())
        for side in _order(sides, number):
            _settle(side, workload, rng, protocol)
        pairs: list[Pair] = []
        error = 0.0
        shown = int(rng.integers(protocol.pairs)) if number == 0 else None  # what the oracle looks at
        for k in range(2 * protocol.pairs):
            calls = _jittered(calibration.calls, rng)
            drawn = [workload.inputs(rng) for _ in range(calls)]
            timed = [workload.calls(inputs, workload.depth) for inputs in drawn]
            spacer = _spacer(workload, calibration, rng) if protocol.spaced else []
            order = _order(sides, number + k)
            blocks = dict(zip(order, together(*order, spacer, timed, protocol.slice_s)))
            one, two = (blocks[side] for side in sides)
            error = max(error, _checked(workload, drawn, one, two, rng if k == shown else None))
            if steady():
                pairs.append(_pair(one, two, calls, workload.clock))
            if len(pairs) == protocol.pairs:
                return tuple(pairs), error
    raise NotMeasured(Verdict.INCONCLUSIVE, "the processor does not keep its speed")


def _pair(one: Block, two: Block, calls: int, clock: Clock) -> Pair:
    times = (one.ns(clock), two.ns(clock), one.wall_ns, two.wall_ns, one.device_ns)
    return Pair(*(ns / calls for ns in times))


def _settle(side: Arm, workload: Workload, rng: Generator, protocol: Protocol) -> None:
    """Let it run until three calls in a row take the same time within a fiftieth, or the time for that ends.

    A GPU raises its clock, and what compiles as it goes compiles, in longer than a call.
    """
    ends = time.monotonic() + protocol.settle_s
    times: list[int] = []
    while time.monotonic() < ends:
        call = workload.calls(workload.inputs(rng), workload.depth)
        times = [*times[-2:], side.block((), (call,)).ns(workload.clock)]
        if len(times) == 3 and max(times) <= 1.02 * min(times):
            return


def _order(sides: tuple[Arm, Arm], turn: int) -> tuple[Arm, Arm]:
    return sides if turn % 2 == 0 else (sides[1], sides[0])


def _jittered(calls: int, rng: Generator) -> int:
    """A fifth more or fewer, so that nothing periodic falls in step with the blocks."""
    return round(calls * float(rng.uniform(0.8, 1.2)))


def _spacer(workload: Workload, calibration: Calibration, rng: Generator) -> list[Question]:
    """About a third of a block, with inputs to be thrown away: it leaves caches as a block finds them."""
    many = calibration.calls >= 3
    count, depth = (calibration.calls // 3, workload.depth) if many else (1, spacer_depth(workload))
    return [workload.calls(workload.inputs(rng), depth) for _ in range(count)]


def _checked(
    workload: Workload, drawn: Sequence[Inputs], mine: Block, theirs: Block, rng: Generator | None
) -> float:
    """The largest relative error of the answers; with a generator one is held against the oracle, too."""
    wanted: list[tuple[Tensors, Tensors]] = list(zip(mine.answers, theirs.answers))
    by_oracle = workload.on == "cpu"
    if rng is not None and by_oracle:
        i = int(rng.integers(len(drawn)))
        wanted.append((mine.answers[i], workload.answers(drawn[i], workload.depth)))
    off = max(relative_error(got, want) for got, want in wanted)
    if not off <= SINGLE_ENOUGH:
        for inputs, answer in zip(drawn, theirs.answers) if by_oracle else ():
            if not relative_error(answer, workload.answers(inputs, workload.depth)) <= DOUBLE_ENOUGH:
                raise NotMeasured(Verdict.INFRASTRUCTURE, WRONG_REFERENCE)
        raise NotMeasured(Verdict.FAIL, WRONG_ANSWER)
    return off


def growth(workload: Workload, student: Opened, rng: Generator, count: int = 3) -> list[list[float]]:
    """CPU time, in nanoseconds, of single calls at the sizes of `workload.sizes`: a few of each."""
    costs: list[list[float]] = []
    with opened_arm(student) as arm:
        for size in workload.sizes:
            questions = [workload.calls(workload.inputs(rng, size), workload.depth) for _ in range(count + 1)]
            costs.append([float(arm.block((), (question,)).cpu_ns) for question in questions][1:])
    return costs
