"""The protocol of a GPU, on students with a simulated wall clock: timed by what passes here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suites import Assignment, AuthoringError, Op, Workload, regime
from suites.ratio import Estimate
from suites.speed import UNIT_ON_A_GPU, Session, TimedWorkload, flags, unmeasured
from suites.throughput import Comparison, Pair, compare, estimated
from suites.turns import NotMeasured
from suites.types import Answer, Call, Reply, Verdict
from suites.yardstick import ON_A_GPU, Calibration, calibrate, lengthened

from .chained import Whole

MS = 1_000_000


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=3), "steps": 2}


def halved(x, steps):
    return x * 0.999**steps


OP = Op(forward="halve", oracle=halved, args=("x", "steps"), regimes=(numbers,))
WORK = Workload(
    "halves", OP, lambda rng, n: {"x": rng.normal(size=n)}, 4, lambda n: 1e6 * n, "ref.py",
    steps="steps", on="cuda", traffic=lambda n: 1e5 * n,
)  # fmt: skip
BRIEF = replace(ON_A_GPU, settle_s=0.0)


class World:
    """What passes, in nanoseconds; a question takes a GPU's process `pipe` and a step `cost()` of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("suites.turns.time.perf_counter_ns", lambda: round(self.now))
        monkeypatch.setattr("suites.throughput.time.monotonic", lambda: self.now / 1e9)

    def opened(
        self, cost: Callable[[], float] | float, *, pipe: float = MS, claim: float = 0.0, spoil: float = 0.0
    ) -> Any:
        world = self

        class Student(Whole):
            def chain(self, *calls: Call) -> Answer:
                ((x, steps),) = (call.args for call in calls)
                took = pipe + steps * (cost() if callable(cost) else cost)
                world.now += took
                return Reply((halved(x, steps) + spoil,), device_us=round(claim * took / 1000))

            def cpu_ns(self) -> int:
                return 7

            @contextmanager
            def frozen(self) -> Iterator[None]:
                yield

        @contextmanager
        def open_() -> Iterator[Any]:
            yield Student()

        return open_


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_call_has_as_many_steps_as_make_it_long_and_the_pipe_small(world: World) -> None:
    rng = np.random.default_rng(0)
    long = lengthened(WORK, world.opened(0.5 * MS), world.opened(0.0), rng, ON_A_GPU)
    assert long.depth == 256  # 90 ms at least, of half a millisecond each
    wide = lengthened(
        WORK, world.opened(0.5 * MS, pipe=20 * MS), world.opened(0.0, pipe=20 * MS), rng, ON_A_GPU
    )
    assert wide.depth == 2048  # 600 ms at least, twenty times the pipe and a half more
    found = calibrate(
        wide, world.opened(0.5 * MS, pipe=20 * MS), world.opened(0.0, pipe=20 * MS), rng, ON_A_GPU
    )
    assert found == Calibration(20 * MS + 2048 * 0.5 * MS, 20 * MS, 1)


def test_a_reference_that_does_nothing_has_no_length(world: World) -> None:
    with pytest.raises(AuthoringError, match="65536 steps of the reference take too little time"):
        lengthened(WORK, world.opened(1.0), world.opened(0.0), np.random.default_rng(0), ON_A_GPU)


def test_the_oracle_proves_the_reference_in_a_few_steps(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    asked: list[int] = []
    answers = Workload.answers
    monkeypatch.setattr(Workload, "answers", lambda *given: asked.append(given[-1]) or answers(*given))
    long = replace(WORK, depth=256)
    rng = np.random.default_rng(0)
    calibrate(long, world.opened(0.5 * MS), world.opened(0.0), rng, ON_A_GPU)
    compared(world, 0.5 * MS)
    assert asked == [3]
    with pytest.raises(AuthoringError, match=r"ref\.py is off by"):
        calibrate(long, world.opened(0.5 * MS, spoil=1e-3), world.opened(0.0), rng, ON_A_GPU)


def compared(
    world: World, cost: Any, *, protocol: Any = BRIEF, steady: Any = lambda: True, **student: Any
) -> Any:
    rng, long = np.random.default_rng(0), replace(WORK, depth=256)
    calibration = Calibration(MS + 256 * 0.5 * MS, MS, 1)
    sides = world.opened(cost, **student), world.opened(0.5 * MS)
    found = compare(long, *sides, calibration, rng, protocol, steady)
    return found, estimated(found, calibration, rng)


def test_what_counts_is_what_passes_and_not_what_the_process_says(world: World) -> None:
    found, estimate = compared(world, 0.75 * MS)
    assert math.exp(estimate.theta) == pytest.approx(1.5)
    assert len(found.launches) == ON_A_GPU.launches
    assert {len(launch) for launch in found.launches} == {ON_A_GPU.pairs}


def test_answers_are_held_against_the_references(world: World) -> None:
    with pytest.raises(NotMeasured, match="an answer is wrong") as why:
        compared(world, 0.5 * MS, spoil=1e-1)
    assert why.value.verdict is Verdict.FAIL


def test_it_waits_until_three_calls_in_a_row_take_the_same_time(world: World) -> None:
    """The student compiles while it is first used: no pair may see that."""
    steps = iter([3.0 * MS] * 4 + [2.0 * MS] * 2)
    found, estimate = compared(world, lambda: next(steps, 0.5 * MS), protocol=replace(BRIEF, settle_s=30.0))
    assert estimate.theta == 0
    assert {pair.student_ns for pair in found.pairs} == {MS + 256 * 0.5 * MS}


def test_it_does_not_wait_for_ever(world: World) -> None:
    rng = np.random.default_rng(0)
    found, _ = compared(
        world, lambda: 0.5 * MS * math.exp(rng.normal()), protocol=replace(BRIEF, settle_s=3.0, slowest=1e9)
    )
    assert len(found.launches) == ON_A_GPU.most_launches


def test_what_ran_at_less_than_its_speed_is_measured_again(world: World) -> None:
    told = iter([True, False, False, True, False])
    found, _ = compared(world, 0.5 * MS, steady=lambda: next(told, True))
    assert [len(launch) for launch in found.launches] == [ON_A_GPU.pairs] * 3
    with pytest.raises(NotMeasured, match="the processor does not keep its speed") as why:
        compared(world, 0.5 * MS, steady=lambda: False)
    assert why.value.verdict is Verdict.INCONCLUSIVE


# 100 steps of 4e6 operations and 4e5 bytes.
@pytest.mark.parametrize(
    ("wall_ms", "peak", "bandwidth", "claim", "error", "says"),
    [
        (100.0, 1e10, 1e10, 0.0, 1e-5, ()),
        (39.0, 1e10, 0.0, 0.0, 0.0, ()),  # 40 ms of arithmetic, and a twentieth less is believed
        (38.0, 1e10, 0.0, 0.0, 0.0, ("faster than is plausible",)),
        (39.0, 0.0, 1e9, 0.0, 0.0, ()),  # 40 ms of the way to the memory
        (38.0, 0.0, 1e9, 0.0, 0.0, ("faster than is plausible",)),
        (100.0, 0.0, 0.0, 0.91, 0.0, ()),
        (100.0, 0.0, 0.0, 0.89, 0.0, ("by its own account its GPU took 0.89 times what passed here",)),
        (100.0, 0.0, 0.0, 1.2, 0.0, ("by its own account its GPU took 1.20 times what passed here",)),
        (100.0, 0.0, 0.0, 0.0, 2e-4, ("right to less than single precision",)),
    ],
)  # fmt: skip
def test_a_person_should_look_at_what_no_gpu_does(
    wall_ms: float, peak: float, bandwidth: float, claim: float, error: float, says: tuple[str, ...]
) -> None:
    pair = Pair(20.0 * MS, 20.0 * MS, 20.0 * MS, 20.0 * MS, claim * 20.0 * MS)
    found = TimedWorkload(
        replace(WORK, depth=100),
        Comparison(((pair,) * 8,), error),
        Estimate(0.0, -0.01, 0.01),
        {"wall_ms": wall_ms},
    )
    session = Session("a GPU", True, peak, {}, {}, bandwidth, UNIT_ON_A_GPU)
    assert flags(found, session) == says


def test_the_ratio_is_not_said_to_be_of_cpu_time() -> None:
    session = Session("a GPU", True, 0.0, {}, {}, unit=UNIT_ON_A_GPU)
    finding = unmeasured("halves", NotMeasured(Verdict.SKIPPED, "why"), session)
    assert finding.measurement is not None
    assert finding.measurement.unit == "x the reference's time"


def test_a_claim_is_counted_by_the_block(world: World) -> None:
    found, _ = compared(world, 0.5 * MS, claim=0.5)
    assert {round(pair.student_device_ns / pair.student_wall_ns, 3) for pair in found.pairs} == {0.5}


def test_each_processor_has_its_clock() -> None:
    assert (WORK.clock, replace(WORK, on="cpu").clock) == ("wall", "cpu")
    assert WORK.sizes == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"on": "tpu"}, "timed on cpu or on cuda, not on 'tpu'"),
        ({"steps": ""}, "name the argument of the operation that says how many"),
        ({"steps": "x"}, "steps names an argument, not the first"),
        ({"torch": "peers/torch.py"}, "rows to compare with are for the CPU"),
        ({"steps": "rate"}, "steps names an argument, not the first"),
    ],
)
def test_what_cannot_be_timed_there_is_said(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(AuthoringError, match=says):
        replace(WORK, **changes)


def test_one_assignment_is_timed_on_one_kind_of_processor() -> None:
    declared = Assignment("Halves", "halves.py", (), workloads=(WORK,))
    assert declared.timed_on == "cuda"
    assert Assignment("Halves", "halves.py", ()).timed_on == "cpu"
    with pytest.raises(AuthoringError, match="one kind of processor"):
        replace(declared, workloads=(WORK, replace(WORK, on="cpu")))
