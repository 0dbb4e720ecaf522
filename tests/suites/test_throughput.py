"""The protocol of timing, on students with simulated clocks: who runs when, with what, what is believed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from suites import AuthoringError, Op, Workload, regime
from suites.ratio import Estimate, exponent
from suites.speed import OVERALL, Session, TimedWorkload, flags, gate, measured, overall, unmeasured
from suites.throughput import Comparison, Pair, compare, estimated, growth, pipe_doubt
from suites.turns import Arm, Block, NotMeasured
from suites.types import Answer, Call, Failure, Ref, Reply, Verdict
from suites.yardstick import USUAL, Calibration, calibrate

from .chained import Whole, as_one

MS = 1_000_000


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=3)}


def doubled(x):
    return 2 * x, "cache"


def back(dout, cache):
    return 2 * dout


OP = Op(forward="f", backward="b", oracle=doubled, gradient=back, args=("x",), wrt=("x",), regimes=(numbers,))
WORK = Workload(
    "double", OP, lambda rng, n: {"x": rng.normal(size=n)}, 4, lambda n: 1e3 * n, "ref.py", depth=2
)


@dataclass
class World:
    """What happened, in order: (who, what, first entry of the first argument)."""

    events: list[tuple[str, str, float]] = field(default_factory=list)
    running: set[str] = field(default_factory=set)


class Simulated(Whole):
    """A right student, unless `spoil` changes what it sends; a call takes `cost()` ns of its clock."""

    def __init__(self, world: World, name: str, cost: Callable[[], float], spoil: Any = None) -> None:
        self.world, self.name, self.cost, self.spoil = world, name, cost, spoil
        self.clock = 0.0
        world.running.add(name)

    def chain(self, *calls: Call) -> Answer:
        assert self.name in self.world.running, "a stopped process was asked"
        others = self.world.running - {self.name}
        first = calls[0].args[0]
        self.world.events.append(
            (self.name, "ask, with others running" if others else "ask", float(first[0]))
        )
        kept: dict[str, Any] = {}
        answers: list[Answer] = []
        for call in calls:
            self.clock += self.cost()
            value = 2 * np.asarray(kept[call.args[0].name] if isinstance(call.args[0], Ref) else call.args[0])
            if self.spoil is not None and call.results[0] is None:
                value = self.spoil(value)
            if isinstance(value, Failure):
                answers.append(value)
                continue
            if isinstance(call.results[0], Ref):
                kept[call.results[0].name] = value
            answers.append(Reply((value,) if call.results[0] is None else ()))
        return as_one(answers)

    def cpu_ns(self) -> int:
        return round(self.clock)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.world.running.discard(self.name)
        yield
        self.world.running.add(self.name)


def opened(world: World, name: str, cost: Any, spoil: Any = None):
    @contextmanager
    def open_() -> Iterator[Simulated]:
        student = Simulated(world, name, cost if callable(cost) else lambda: cost, spoil)
        try:
            yield student
        finally:
            world.running.discard(name)

    return open_


CALLS = 4  # of a question: two forward, two backward
CALIBRATION = Calibration(reference_ns=CALLS * 5 * MS, pipe_ns=CALLS * 0.1 * MS, calls=1)


def timed(
    cost: Any, *, spoil: Any = None, their: Any = None, seed: int = 0, protocol=USUAL, calibration=CALIBRATION
):
    world, rng = World(), np.random.default_rng(seed)
    student, reference = opened(world, "student", cost, spoil), opened(world, "reference", 5 * MS, their)
    found = compare(WORK, student, reference, calibration, rng, protocol)
    return found, estimated(found, calibration, rng), world


def test_who_answers_and_leaves_has_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(student: Simulated) -> int:
        if student.name == "student" and student.clock:
            raise ProcessLookupError
        return round(student.clock)

    monkeypatch.setattr(Simulated, "cpu_ns", gone)
    with pytest.raises(NotMeasured, match="the process ended itself after it had answered") as left:
        timed(5 * MS)
    assert left.value.verdict is Verdict.CRASH


def test_each_runs_in_its_turn_alone() -> None:
    _, _, world = timed(5 * MS)
    late = [what for who, what, _ in world.events if who == "student"]
    # Before its first turn a process is only there: nothing of it has been asked yet.
    assert late.count("ask, with others running") <= 3 * 3
    first_of_launch = next(i for i, (who, _, _) in enumerate(world.events) if who == "reference")
    assert all(what == "ask" for _, what, _ in world.events[first_of_launch + 1 : first_of_launch + 16])


def test_turns_alternate_so_that_neither_is_always_first() -> None:
    _, _, world = timed(5 * MS, protocol=replace(USUAL, spaced=False, warm_ups=0, pairs=4))
    asked = [who[0] for who, _, _ in world.events][2:]  # the first two find out whether it is slow
    assert "".join(asked[:8]) == "srrssrrs"
    assert "".join(asked[8:16]) == "rssrrssr"


def test_inputs_of_timed_calls_are_new_and_the_same_for_both() -> None:
    _, _, world = timed(5 * MS, protocol=replace(USUAL, spaced=False, warm_ups=0))
    by_side = {side: [x for who, _, x in world.events if who == side] for side in ("student", "reference")}
    assert len(set(by_side["student"])) == len(by_side["student"])
    assert by_side["student"][2:] == by_side["reference"]


def test_a_spacer_of_its_own_comes_before_each_block() -> None:
    found, _, world = timed(5 * MS)
    pairs = len(found.pairs)
    warm = len(found.launches) * USUAL.warm_ups
    asked = [x for who, _, x in world.events if who == "reference"]
    assert len(asked) == 2 * pairs + warm
    assert len(set(asked)) == len(asked)


def test_equal_costs_are_equal_and_few_launches_settle_it() -> None:
    found, estimate, _ = timed(5 * MS)
    assert estimate.theta == 0
    assert len(found.launches) == USUAL.launches


def test_the_pipes_share_is_taken_out_of_both() -> None:
    _, estimate, _ = timed(7.45 * MS)
    assert math.exp(estimate.theta) == pytest.approx((7.45 - 0.1) / (5 - 0.1))


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.3])
def test_it_goes_on_for_want_of_certainty_alone(factor: float) -> None:
    rng = np.random.default_rng(1)
    found, estimate, _ = timed(lambda: factor * 5 * MS * math.exp(0.5 * rng.normal()))
    assert len(found.launches) == USUAL.most_launches
    assert estimate.half_width > USUAL.width


@pytest.mark.parametrize(("a_launch_s", "launches"), [(1.15, 4), (1.2, 4), (1.25, 3)])
def test_no_launch_begins_that_would_end_after_the_budget(
    monkeypatch: pytest.MonkeyPatch, a_launch_s: float, launches: int
) -> None:
    """Of 4.8 s: a fourth of 1.2 s ends just in time."""
    rng, begun = np.random.default_rng(1), []

    def noisy() -> float:
        return 5 * MS * math.exp(0.5 * rng.normal())

    student = opened(World(), "student", noisy)

    @contextmanager
    def reference() -> Iterator[Simulated]:
        begun.append(1)
        with opened(World(), "reference", noisy)() as opened_:
            yield opened_

    monkeypatch.setattr("suites.throughput.time.monotonic", lambda: a_launch_s * len(begun))
    found = compare(WORK, student, reference, CALIBRATION, rng)
    assert len(found.launches) == launches


def test_the_oracle_looks_at_one_answer_and_the_reference_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    answers = Workload.answers
    monkeypatch.setattr(Workload, "answers", lambda *given: looked.append(1) or answers(*given))
    timed(5 * MS)
    timed(5 * MS, protocol=replace(USUAL, launches=1))
    assert len(looked) == 2


def test_a_slow_student_has_fewer_pairs_and_a_very_slow_one_none() -> None:
    found, _, _ = timed(25 * MS)
    assert len(found.launches[0]) == USUAL.pairs // 2
    with pytest.raises(NotMeasured, match="more than 20 times") as why:
        timed(105 * MS)
    assert why.value.verdict is Verdict.TIMEOUT


def test_short_calls_are_timed_in_blocks_of_many() -> None:
    calibration = Calibration(CALLS * 1.0 * MS, 0.0, calls=3)
    world, rng = World(), np.random.default_rng(0)
    student, reference = opened(world, "student", 2 * MS), opened(world, "reference", 1 * MS)
    found = compare(WORK, student, reference, calibration, rng)
    assert {pair.student_ns for pair in found.pairs} == {CALLS * 2 * MS}  # a call, however many a block has


def test_one_wrong_entry_is_found() -> None:
    def spoil(value):
        value[2] += 1.0
        return value

    with pytest.raises(NotMeasured, match="an answer is wrong") as why:
        timed(5 * MS, spoil=spoil)
    assert why.value.verdict is Verdict.FAIL


@pytest.mark.parametrize("made", [lambda v: v[:2], lambda v: v * np.nan, lambda v: "five", lambda v: None])
def test_what_is_no_answer_is_wrong(made) -> None:
    with pytest.raises(NotMeasured) as why:
        timed(5 * MS, spoil=later(made))  # right at first, as long as who looks only there
    assert why.value.verdict is Verdict.FAIL


def test_a_failure_is_told_as_what_it_is() -> None:
    with pytest.raises(NotMeasured, match="ran out of memory") as why:
        timed(5 * MS, spoil=lambda value: Failure(Verdict.MEMORY, "ran out of memory"))
    assert why.value.verdict is Verdict.MEMORY


def later(made: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Spoils what is sent, but not at first."""
    calls: list[int] = []

    def spoil(value: Any) -> Any:
        calls.append(0)
        return made(value) if len(calls) > 20 else value

    return spoil


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (
            lambda value: Failure(Verdict.CRASH, "ended itself"),
            "the reference failed beside it: ended itself",
        ),
        (lambda value: value + 1, "the reference answered wrong beside it"),
    ],
)
def test_nobody_is_blamed_for_a_reference_that_fails(made: Any, says: str) -> None:
    with pytest.raises(NotMeasured, match=says) as why:
        timed(5 * MS, their=later(made))
    assert why.value.verdict is Verdict.INFRASTRUCTURE


def test_the_reference_is_timed_alone_and_refused_where_it_is_wrong_or_too_short() -> None:
    world, rng = World(), np.random.default_rng(0)
    null = opened(world, "null", 0.1 * MS)
    found = calibrate(WORK, opened(world, "reference", 5 * MS), null, rng)
    assert found == Calibration(CALLS * 5 * MS, CALLS * 0.1 * MS, 1)
    with pytest.raises(AuthoringError, match=r"takes 0\.4 ms of CPU time and needs 2"):
        calibrate(WORK, opened(world, "reference", 0.1 * MS), null, rng)
    with pytest.raises(
        AuthoringError, match=r"the pipe takes 5\.2% of a call of the reference and may take 5%"
    ):
        calibrate(WORK, opened(world, "reference", 5 * MS), opened(world, "null", 0.26 * MS), rng)
    with pytest.raises(AuthoringError, match="it is no reference"):
        calibrate(WORK, opened(world, "reference", 5 * MS, lambda value: value + 1), null, rng)


def test_who_is_timed_alone_is_as_warm_as_beside_another() -> None:
    """The first call of a turn is dear: it is a spacer's."""
    world, rng = World(), np.random.default_rng(0)

    class Cold(Simulated):
        cold = True

        def chain(self, *calls: Call) -> Answer:
            self.clock += 3 * MS if self.cold else 0
            self.cold = False
            return super().chain(*calls)

        @contextmanager
        def frozen(self) -> Iterator[None]:
            self.cold = True
            with super().frozen():
                yield

    @contextmanager
    def cold() -> Iterator[Simulated]:
        yield Cold(world, "reference", lambda: 5 * MS)

    assert calibrate(WORK, cold, opened(world, "null", 0.1 * MS), rng).reference_ns == CALLS * 5 * MS


def test_how_well_the_pipe_is_known_is_read_from_several_processes() -> None:
    world, rng, costs = World(), np.random.default_rng(0), iter([0.08 * MS, 0.1 * MS, 0.12 * MS])

    @contextmanager
    def null() -> Iterator[Simulated]:
        with opened(world, "null", next(costs))() as student:
            yield student

    found = calibrate(WORK, opened(world, "reference", 5 * MS), null, rng)
    assert found.pipe_ns == pytest.approx(CALLS * 0.1 * MS)
    assert found.pipe_half_ns == pytest.approx(4.30 * CALLS * 0.02 * MS / math.sqrt(3))


def test_what_the_pipe_leaves_open_widens_the_figure_of_who_is_faster() -> None:
    unsure = replace(CALIBRATION, pipe_half_ns=CALLS * 0.05 * MS)
    for cost, doubt in ((5.0, 0.0), (0.6, 0.05 * (1 / 0.5 - 1 / 4.9)), (9.9, 0.05 * (1 / 4.9 - 1 / 9.8))):
        found, _, _ = timed(cost * MS)
        assert pipe_doubt(found, unsure) == pytest.approx(doubt)


def test_a_fast_student_has_a_figure_however_much_of_it_is_the_pipe() -> None:
    found, estimate, _ = timed(0.5 * MS)  # of which a fifth is the pipe's
    gate(found, estimate, CALIBRATION, USUAL)
    assert math.exp(estimate.theta) == pytest.approx(0.4 / 4.9)


def test_growth_is_read_at_the_sizes_declared() -> None:
    world, rng = World(), np.random.default_rng(0)
    work = replace(WORK, size=400)
    costs = growth(work, opened(world, "student", 3 * MS), rng)
    assert work.sizes == [100, 200, 400]
    assert exponent(work.sizes, costs, rng).theta == pytest.approx(0.0)


# ------------------------------------------------------------------------------------ how long, how many


PAIRS = ((Pair(30.0, 20.0, 1.0, 1.0), Pair(20.0, 20.0, 1.0, 1.0)), (Pair(15.0, 20.0, 1.0, 1.0),))


def test_a_ratio_is_of_what_is_left_without_the_pipe() -> None:
    found = Comparison(PAIRS, 0.0)
    expected = [[math.log(20 / 10), 0.0], [math.log(5 / 10)]]
    assert [pytest.approx(launch) for launch in expected] == found.log_ratios(10.0)
    assert found.pairs == [*PAIRS[0], *PAIRS[1]]


def test_a_side_that_did_nothing_has_no_ratio() -> None:
    calibration = replace(CALIBRATION, pipe_ns=15.0)
    with pytest.raises(NotMeasured, match="no more time than the pipe alone") as why:
        estimated(Comparison(PAIRS, 0.0), calibration, np.random.default_rng(0))
    assert why.value.verdict is Verdict.INCONCLUSIVE


def test_both_clocks_are_told_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question takes 3 ns by the clock on the wall, 8 and 4 ms by those of the two processes."""
    ticks = [0]

    def asked(student: Simulated, *calls: Call, chain: Any = Simulated.chain) -> Answer:
        ticks[0] += 6 if student.name == "student" else 3
        return chain(student, *calls)  # type: ignore[no-any-return]

    monkeypatch.setattr(Simulated, "chain", asked)
    monkeypatch.setattr("suites.turns.time.perf_counter_ns", lambda: ticks[0])
    calibration = Calibration(CALLS * 1.0 * MS, 0.0, calls=5)
    found, _, _ = _compared(2 * MS, 1 * MS, calibration)
    assert {*found.pairs} == {Pair(CALLS * 2 * MS, CALLS * 1 * MS, 6.0, 3.0)}


def _compared(
    mine: float, theirs: float, calibration: Calibration, work: Workload = WORK, **changes: Any
) -> tuple[Comparison, World, list[int]]:
    """A comparison, what happened in it, and the calls of each question of the reference."""
    world, sizes = World(), list[int]()

    @contextmanager
    def reference() -> Iterator[Simulated]:
        with opened(world, "reference", theirs)() as student:
            chain = student.chain
            student.chain = lambda *calls: sizes.append(len(calls)) or chain(*calls)  # type: ignore[method-assign, func-returns-value]
            yield student

    rng = np.random.default_rng(0)
    found = compare(
        work, opened(world, "student", mine), reference, calibration, rng, replace(USUAL, **changes)
    )
    return found, world, sizes


@pytest.mark.parametrize(
    ("calls", "many", "deep"),
    [(1, 1, 2), (2, 1, 2), (3, 1, 6), (5, 1, 6), (6, 2, 6), (7, 2, 6), (12, 4, 6)],
)
def test_a_spacer_is_a_third_of_a_block(
    monkeypatch: pytest.MonkeyPatch, calls: int, many: int, deep: int
) -> None:
    """Whole calls where a block has at least three, a third of the layers of one call where it has fewer."""
    spacers: list[list[int]] = []

    def block(arm: Arm, spacer: Any, timed: Any, of: Any = Arm.block) -> Block:
        spacers.append([len(question) for question in spacer])
        return of(arm, spacer, timed)  # type: ignore[no-any-return]

    monkeypatch.setattr(Arm, "block", block)
    work, calibration = replace(WORK, depth=6), Calibration(12 * MS, 0.0, calls)
    found, _, _ = _compared(1 * MS, 1 * MS, calibration, work, warm_ups=1, pairs=1, launches=1)
    assert len(found.pairs) == 1
    layer = 2  # calls: there and back
    assert spacers[0] == [2 * layer]  # before it is known whether it is slow
    assert spacers[1:3] == [[6 * layer]] * 2  # a whole call to warm up
    assert spacers[3:] == [[deep * layer] * many] * 2


def test_blocks_are_jittered_by_a_fifth_and_never_empty() -> None:
    calibration = Calibration(CALLS * 1.0 * MS, 0.0, calls=20)
    quiet = {"warm_ups": 0, "spaced": False, "pairs": 1, "launches": 8}
    world, rng = World(), np.random.default_rng(0)
    counts = []
    for _ in range(4):
        begun = len(world.events)
        sides = opened(world, "student", 1 * MS), opened(world, "reference", 1 * MS)
        compare(WORK, *sides, calibration, rng, replace(USUAL, **quiet))
        who = [name for name, _, _ in world.events[begun:]]
        blocks = "".join(name[0] for name in who[2:])  # the first two find out whether it is slow
        counts += [len(run) for run in _runs(blocks)]
    assert all(16 <= count <= 24 or 32 <= count <= 48 for count in counts)
    assert len(set(counts)) > 4
    found, _, sizes = _compared(5 * MS, 5 * MS, CALIBRATION, **quiet)
    assert sizes == [CALLS] * len(found.pairs)  # one call a block, and not none


def _runs(letters: str) -> list[str]:
    """The stretches of equal letters."""
    return ["".join(run) for _, run in itertools.groupby(letters)]


@pytest.mark.parametrize(("pairs", "of_a_slow_one"), [(4, 2), (5, 3), (1, 1)])
def test_a_slow_student_has_half_the_pairs_rounded_up(pairs: int, of_a_slow_one: int) -> None:
    for cost, expected in ((2.9, pairs), (3.1, of_a_slow_one)):
        calibration = Calibration(CALLS * 1.0 * MS, 0.0, calls=1)
        found, _, _ = _compared(cost * MS, 1 * MS, calibration, pairs=pairs)
        assert {len(launch) for launch in found.launches} == {expected}


@pytest.mark.parametrize("depth", [1, 2, 6, 9])
def test_whether_it_is_slow_is_told_by_a_call_of_whole_depth(depth: int) -> None:
    """From a third of the layers: 19 times is timed, 21 times is not."""
    work, calibration = replace(WORK, depth=depth), Calibration(2 * depth * 1.0 * MS, 0.0, calls=1)
    _compared(19 * MS, 1 * MS, calibration, work)
    with pytest.raises(NotMeasured, match="more than 20 times"):
        _compared(21 * MS, 1 * MS, calibration, work)


def test_the_import_is_on_nobodys_clock() -> None:
    """It comes with the first call, which is not timed."""

    class Importing(Simulated):
        def chain(self, *calls: Call) -> Answer:
            self.clock += 0 if self.clock else 1000 * MS
            return super().chain(*calls)

    @contextmanager
    def student() -> Iterator[Simulated]:
        yield Importing(world, "student", lambda: 5 * MS)

    world, rng = World(), np.random.default_rng(0)
    found = compare(WORK, student, opened(world, "reference", 5 * MS), CALIBRATION, rng)
    assert {pair.student_ns for pair in found.pairs} == {CALLS * 5 * MS}


def test_who_is_first_changes_from_pair_to_pair_and_from_launch_to_launch() -> None:
    _, world, _ = _compared(5 * MS, 5 * MS, CALIBRATION, spaced=False, warm_ups=3, pairs=3, launches=2)
    asked = "".join(who[0] for who, _, _ in world.events)[2:]
    assert asked == "sr" * 3 + "srrssr" + "rs" * 3 + "rssrrs"


def test_half_of_the_first_launches_are_made_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)

    def noisy() -> float:
        return 5 * MS * math.exp(0.5 * rng.normal())

    clock = itertools.count(0.0, 100.0)  # each look is 100 s later
    monkeypatch.setattr("suites.throughput.time.monotonic", lambda: next(clock))
    found, _, _ = timed(noisy)
    assert len(found.launches) == USUAL.launches // 2 == 3
    monkeypatch.undo()
    for launches, most in ((1, 1), (2, 2), (4, 5)):
        found, _, _ = timed(noisy, protocol=replace(USUAL, launches=launches, most_launches=most))
        assert len(found.launches) == most


def test_an_interval_that_is_just_narrow_enough_is_enough() -> None:
    found, estimate, _ = timed(5 * MS, protocol=replace(USUAL, width=0.0))
    assert estimate.half_width == 0
    assert len(found.launches) == USUAL.launches


def test_just_as_slow_as_may_be_is_not_slow() -> None:
    calibration = Calibration(CALLS * 1.0 * MS, 0.0, calls=1)
    found, _, _ = _compared(20 * MS, 1 * MS, calibration)
    assert {len(launch) for launch in found.launches} == {USUAL.pairs // 2}
    found, _, _ = _compared(3 * MS, 1 * MS, calibration)
    assert {len(launch) for launch in found.launches} == {USUAL.pairs}


def test_the_largest_error_of_all_launches_is_told() -> None:
    """The student is off by a millionth once in a while, the first time late."""
    found, _, _ = timed(5 * MS, spoil=later(lambda value: value * (1 + 1e-6)))
    assert found.error == pytest.approx(1e-6)
    calls: list[int] = []

    def once(value: Any) -> Any:
        calls.append(0)
        return value * (1 + 1e-6 * (len(calls) == 12))

    found, _, _ = timed(5 * MS, spoil=once, protocol=replace(USUAL, spaced=False, warm_ups=0))
    assert found.error == pytest.approx(1e-6)


@pytest.mark.parametrize(("off", "right"), [(0.9e-2, True), (1.1e-2, False)])
def test_single_precision_is_enough(off: float, right: bool) -> None:
    def spoil(value: Any) -> Any:
        return value * (1 + off)

    if right:
        assert timed(5 * MS, spoil=spoil)[0].error == pytest.approx(off)
    else:
        with pytest.raises(NotMeasured, match="an answer is wrong"):
            timed(5 * MS, spoil=spoil)


def test_who_is_wrong_as_the_reference_is_finds_no_way_past_the_oracle() -> None:
    """One answer is held against it, for which a draw decides; then it is the reference that is told."""
    with pytest.raises(NotMeasured, match="the reference answered wrong beside it"):
        timed(5 * MS, spoil=lambda value: 2 * value, their=lambda value: 2 * value)


def test_costs_are_read_after_a_first_call_of_each_size() -> None:
    """A call of n numbers takes n ns in each of its four calls, the first of a size ten times that."""
    seen: set[int] = set()

    class Sized(Simulated):
        def chain(self, *calls: Call) -> Answer:
            size = len(calls[0].args[0])  # type: ignore[arg-type]
            self.cost = lambda: size * (1 if size in seen else 10)
            answer = super().chain(*calls)
            seen.add(size)
            return answer

    @contextmanager
    def student() -> Iterator[Simulated]:
        yield Sized(World(), "student", lambda: 0.0)

    work, rng = replace(WORK, size=400), np.random.default_rng(0)
    assert growth(work, student, rng) == [[CALLS * n * 1.0] * 3 for n in (100, 200, 400)]
    assert exponent(work.sizes, growth(work, student, rng, count=2), rng).theta == pytest.approx(1.0)


# ------------------------------------------------------------------------------------ what stands


def session(**changes: Any) -> Session:
    usual = Session("a machine", True, 1e12, {WORK.name: 0.004}, {})
    return replace(usual, **changes)


def comparison(student: float = 20.0, reference: float = 20.0, *, error: float = 0.0, drift: float = 0.0):
    steps = np.linspace(-1, 1, 18)
    pairs = [Pair(student * MS * math.exp(drift * s), reference * MS, 21.0 * MS, 21.0 * MS) for s in steps]
    return Comparison(tuple(tuple(pairs[i : i + 6]) for i in (0, 6, 12)), error)


def certain(theta: float = 0.0, half: float = 0.01) -> Estimate:
    return Estimate(theta, theta - half, theta + half)


def test_a_sound_figure_passes_all_gates_and_stands() -> None:
    found = comparison()
    gate(found, certain(), CALIBRATION, USUAL)
    finding = measured(TimedWorkload(WORK, found, certain(), {"cpu_ms": 20.0}), session())
    assert finding.measurement is not None
    assert finding.measurement.stands
    assert finding.measurement.value == pytest.approx(1.0)
    assert finding.measurement.high == pytest.approx(math.exp(math.hypot(0.01, 0.004)))
    assert [row.name for row in finding.measurement.baselines] == ["reference"]
    assert finding.points == 0


@pytest.mark.parametrize(
    ("found", "estimate", "says"),
    [
        (comparison(student=math.nan), certain(), "a clock gave a time"),
        (comparison(reference=50.0), certain(), "2.5 times what it takes alone"),
        (comparison(reference=9.0), certain(), "0.45 times what it takes alone"),
        (comparison(drift=0.3), certain(), "drifts"),
        (comparison(), certain(half=0.12), "known to 13% only"),
    ],
)
def test_what_cannot_stand_is_no_number(found: Comparison, estimate: Estimate, says: str) -> None:
    with pytest.raises(NotMeasured, match=says) as why:
        gate(found, estimate, CALIBRATION, USUAL)
    finding = unmeasured(WORK.name, why.value, session())
    assert finding.verdict in (Verdict.INCONCLUSIVE, Verdict.INFRASTRUCTURE)
    assert finding.measurement is not None
    assert (finding.measurement.value, finding.measurement.low, finding.measurement.high) == (
        None,
        None,
        None,
    )
    assert not finding.measurement.stands
    total = overall([finding], session())
    assert total.verdict is finding.verdict
    assert total.measurement is not None
    assert total.measurement.value is None


def test_what_a_person_should_see_is_flagged_and_does_not_rank() -> None:
    timed_ = TimedWorkload(WORK, comparison(error=1e-6), certain(), {"cpu_ms": 20.0})
    assert flags(timed_, session()) == ("right to single precision only",)
    assert flags(replace(timed_, comparison=comparison(), estimate=certain(-3.1)), session())
    slow_machine = session(peak=1e3)  # on which nobody could compute so fast
    assert flags(TimedWorkload(WORK, comparison(), certain(), {"cpu_ms": 1.0}), slow_machine)
    finding = measured(timed_, session())
    assert finding.measurement is not None
    assert finding.measurement.value is not None
    assert not finding.measurement.stands


def test_the_overall_figure_is_the_mean_of_all() -> None:
    findings = [
        measured(
            TimedWorkload(replace(WORK, name=name), comparison(), certain(theta), {"cpu_ms": 20.0}), session()
        )
        for name, theta in (("one", math.log(2)), ("two", math.log(0.5)))
    ]
    total = overall(findings, session())
    assert total.tensor == OVERALL
    assert total.measurement is not None
    assert total.measurement.value == pytest.approx(1.0)
    assert total.measurement.high is not None
    assert total.measurement.high < findings[0].measurement.high / findings[0].measurement.value  # type: ignore[union-attr, operator]
