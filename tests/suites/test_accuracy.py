"""Verdicts of training, on runs that are made up: the same however many of them run at once."""

from __future__ import annotations

import itertools
import math
import statistics
import threading
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from suites import accuracy
from suites.accuracy import SealedLevel, SealedTraining
from suites.calibration import Calibration
from suites.measurement import Baseline
from suites.parts import AS_USUAL, Means, Program
from suites.problems import Disc
from suites.terms import Budget, Terms
from suites.training_run import Allowed, Run
from suites.types import Failure, Finding, Verdict

TRUTH = Calibration("of", (93.0, 94.5, 95.5, 94.0, 95.0), (50.0, 49.0, 51.0, 50.0, 50.5), 1.0)
REFERENCE = Program({"reference.py": ""}, "reference.py")
TRAINING = SealedTraining(
    name="open",
    needs=(),
    terms=Terms(Disc(), budget=Budget(times=2.0)),
    levels=(SealedLevel("half way", Fraction(4), 70.0), SealedLevel("target", Fraction(6), 93.0)),
    seeds=(0, 1, 2, 3, 4),
    reference=REFERENCE,
    calibration=TRUTH,
)


@dataclass
class Room:
    """A sitting in which nothing is opened."""

    jobs: int
    official: bool = True

    def usual(self) -> Any: ...

    def open(self, means: Means = AS_USUAL, program: Program | None = None) -> Any: ...


class Machine:
    """Runs take a second of CPU time each, and half as much again where others run at the same time.

    `others` are the failures of a submission's runs by seed. Its first runs end when all have begun.
    """

    def __init__(self, jobs: int, others: dict[int, Failure], cost: float) -> None:
        self.jobs, self.others, self.cost = jobs, others, cost
        self.together = threading.Barrier(jobs)

    def run(
        self, terms: Terms, sitting: Any, seed: int, allowed: Allowed, program: Program | None = None
    ) -> Run:
        alone = self.jobs == 1 or threading.current_thread() is threading.main_thread()
        dearer = 1.0 if alone else 1.5
        if program is None and seed < self.jobs:
            self.together.wait(60)
        if program is None and seed in self.others:
            return Run(None, dearer, failure=self.others[seed])
        return Run(94.0 + seed / 10, dearer * (1.0 if program else self.cost), numbers=5)


def judged(monkeypatch: pytest.MonkeyPatch, jobs: int, cost: float, **others: Failure) -> list[Finding]:
    by_seed = {int(name[1:]): failure for name, failure in others.items()}
    monkeypatch.setattr(accuracy, "run", Machine(jobs, by_seed, cost).run)
    return TRAINING.judge(Room(jobs))


FAIL, ERROR = Failure(Verdict.FAIL, "diverged"), Failure(Verdict.ERROR, "raised a KeyError")


def told(findings: list[Finding]) -> list[tuple[Any, ...]]:
    """What no clock has a say in."""
    measured = [f.measurement for f in findings if f.measurement is not None]
    values = [(m.value, m.low, m.high, m.n, m.flags) for m in measured]
    return [*((f.tensor, f.verdict, f.cause, f.credit) for f in findings), *values]


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"s3": FAIL},
        {"s0": FAIL, "s1": FAIL, "s2": ERROR},  # one at a time, nobody would see the third
        {"s0": FAIL, "s2": FAIL, "s3": ERROR, "s4": ERROR},
        {"s1": ERROR, "s4": FAIL},
    ],
)
def test_a_verdict_is_the_same_however_many_run_at_once(
    monkeypatch: pytest.MonkeyPatch, others: dict[str, Failure]
) -> None:
    one, two, five = (told(judged(monkeypatch, jobs, 1.0, **others)) for jobs in (1, 2, 5))
    assert one == two == five


@pytest.mark.parametrize("cost", [1.9, 2.5])
def test_a_budget_is_no_tighter_while_more_run_at_once(monkeypatch: pytest.MonkeyPatch, cost: float) -> None:
    """Who is within the budget alone is so beside another, and who is not is not: both grow dearer."""
    verdicts = {judged(monkeypatch, jobs, cost)[-1].verdict for jobs in (1, 2, 5)}
    assert verdicts == {Verdict.PASS if cost < 2.0 else Verdict.TIMEOUT}


# --------------------------------------------------------------------------- what a run is allowed


@dataclass(frozen=True)
class Begun:
    """A run as it was asked for."""

    seed: int
    allowed: Allowed
    program: Program | None


class Diary:
    """Writes down which runs are begun. The reference's take `cpu_s` each, one after the other."""

    def __init__(self, cpu_s: list[float | None], failing: tuple[int, ...] = ()) -> None:
        self.begun: list[Begun] = []
        self.cpu_s, self.failing = itertools.cycle(cpu_s), failing
        self.one_at_a_time = threading.Lock()

    def run(
        self, terms: Terms, sitting: Any, seed: int, allowed: Allowed, program: Program | None = None
    ) -> Run:
        assert terms is TRAINING.terms
        with self.one_at_a_time:
            self.begun.append(Begun(seed, allowed, program))
            if program is not None:
                return Run(94.0, next(self.cpu_s))
        return Run(None, 1.0, failure=FAIL) if seed in self.failing else Run(94.0, 1.0)

    @property
    def ruler(self) -> list[Begun]:
        return [each for each in self.begun if each.program is not None]

    @property
    def theirs(self) -> list[Begun]:
        return [each for each in self.begun if each.program is None]


def kept_diary(
    monkeypatch: pytest.MonkeyPatch,
    jobs: int,
    cpu_s: list[float | None],
    *,
    ruler_wall_s: float = 0.0,
    failing: tuple[int, ...] = (),
) -> tuple[Diary, Finding]:
    """The diary of a part with seeds 7, 8, ..., and its last finding."""
    training = replace(TRAINING, seeds=(7, 8, 9, 10, 11), calibration=replace(TRUTH, reference_cpu_s=0.5))
    diary, clock = Diary(cpu_s, failing), itertools.count(100.0, ruler_wall_s)
    monkeypatch.setattr(accuracy, "run", diary.run)
    monkeypatch.setattr(accuracy, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    return diary, training.judge(Room(jobs))[-1]


@pytest.mark.parametrize(("jobs", "runs"), [(1, 2), (2, 2), (3, 3), (5, 5)])
def test_the_reference_runs_at_least_twice_and_never_alone_where_others_do_not(
    monkeypatch: pytest.MonkeyPatch, jobs: int, runs: int
) -> None:
    diary, _ = kept_diary(monkeypatch, jobs, [1.0])
    assert diary.ruler == [Begun(7, Allowed(20.0 * 0.5, 600.0), REFERENCE)] * runs
    assert sorted(each.seed for each in diary.theirs) == [7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    ("read", "nominal"),
    [([3.0, 5.0], 4.0), ([3.0, None], 3.0), ([None, None], 0.5)],  # else that of the calibration
)
def test_a_budget_is_in_units_of_what_the_reference_takes_here(
    monkeypatch: pytest.MonkeyPatch, read: list[float | None], nominal: float
) -> None:
    diary, last = kept_diary(monkeypatch, 1, read)
    assert {each.allowed.cpu_s for each in diary.theirs} == {1.5 * 2.0 * nominal}
    assert last.measurement is not None
    assert last.measurement.details["budget_cpu_s"] == 2.0 * nominal


@pytest.mark.parametrize(("jobs", "wall_s"), [(1, 5 * 2 * 4.0), (2, 5 * 2 * 8.0), (5, 5 * 2 * 8.0)])
def test_who_only_waits_has_the_longer_the_slower_the_machine(
    monkeypatch: pytest.MonkeyPatch, jobs: int, wall_s: float
) -> None:
    """The reference's runs take 8 s together: two one after the other, or all at once."""
    diary, _ = kept_diary(monkeypatch, jobs, [1.0], ruler_wall_s=8.0)
    assert {each.allowed.wall_s for each in diary.theirs} == {wall_s}
    diary, _ = kept_diary(monkeypatch, jobs, [1.0], ruler_wall_s=0.1)
    assert {each.allowed.wall_s for each in diary.theirs} == {TRAINING.terms.budget.wall_s}


def test_no_run_begins_after_too_many_have_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    diary, last = kept_diary(monkeypatch, 1, [1.0], failing=(7, 9, 10))
    assert [each.seed for each in diary.theirs] == [7, 8, 9]
    assert (last.verdict, last.measurement) == (Verdict.FAIL, None)
    made = replace(TRAINING, seeds=(7, 8, 9, 10, 11)).runs(Room(1), Allowed(1.0, 1.0))
    assert [each.failure for each in made] == [FAIL, None, FAIL]


# --------------------------------------------------------------------------- what runs say, by hand


def reached(*accuracies: float, cpu_s: float | None = 1.0) -> list[Run]:
    return [Run(each, cpu_s, numbers=k) for k, each in enumerate(accuracies)]


def passes(accuracies: list[float], needed: float, calibration: Calibration = TRUTH) -> bool:
    training = replace(TRAINING, levels=(SealedLevel("level", Fraction(1), needed),), calibration=calibration)
    (finding,) = training.found(reached(*accuracies), 2.0, Room(1))
    assert finding.credit == (finding.verdict is Verdict.PASS)
    return finding.verdict is Verdict.PASS


STEADY, SCATTERED = [94.0] * 5, [90.0, 92.0, 94.0, 96.0, 98.0]  # a standard deviation of 3.16
SIGMA = statistics.stdev(TRUTH.reference)  # 0.96


@pytest.mark.parametrize(
    ("accuracies", "luck"),
    [
        (STEADY, 1.64 * SIGMA / math.sqrt(5)),  # few runs show their spread badly
        ([94.0], 1.64 * SIGMA),
        ([92.6, 94.0, 95.4, 94.0], 1.64 * math.sqrt(2 * 1.4**2 / 3) / 2),
        (SCATTERED, 1.64 * 2 * SIGMA / math.sqrt(5)),  # and nobody is believed to have had worse luck
    ],
)
def test_a_level_is_missed_only_where_luck_cannot_have_taken_it(accuracies: list[float], luck: float) -> None:
    assert passes(accuracies, 94.0 + luck - 0.001)
    assert not passes(accuracies, 94.0 + luck + 0.001)


def test_what_is_just_enough_is_enough() -> None:
    certain = replace(TRUTH, reference=(94.0, 94.0))
    assert passes(STEADY, 94.0, certain)
    assert not passes(STEADY, 94.001, certain)


def test_each_level_has_its_own_verdict_and_the_last_the_measurement() -> None:
    half_way, target = TRAINING.found(reached(*[80.0] * 5), 2.0, Room(1))
    assert (half_way.part, half_way.check, half_way.tensor, half_way.tier) == (
        *("open", "accuracy", "half way", "ordinary"),
    )
    assert (half_way.verdict, half_way.cause, half_way.credit, half_way.points) == (Verdict.PASS, "", 1, 4)
    assert (half_way.measurement, half_way.notes) == (None, ())
    assert (target.tensor, target.verdict, target.credit, target.points) == ("target", Verdict.FAIL, 0, 6)
    assert target.cause == "80.0 %, and 93.0 % are needed"
    assert (half_way.evidence.argument, target.evidence.argument) == ("half way", "target")
    assert target.measurement is not None


@pytest.mark.parametrize("official", [True, False])
def test_a_measurement_says_what_was_measured_and_by_whom(official: bool) -> None:
    costs = (1.0, 2.0, 1.2, 1.4, 9.0)
    runs = [replace(each, cpu_s=cpu) for each, cpu in zip(reached(*SCATTERED), costs, strict=True)]
    last = TRAINING.found(runs, 2.0, Room(1, official))[-1]
    found = last.measurement
    assert found is not None
    half = 1.96 * math.sqrt(10 / 5)
    assert (found.value, found.low, found.high) == pytest.approx((94.0, 94.0 - half, 94.0 + half))
    assert (found.quantity, found.unit, found.better, found.scale) == ("accuracy", "%", "higher", "linear")
    assert (found.n, found.official, found.flags, found.device) == (5, official, (), "any machine")
    assert found.details == {"budget_cpu_s": 2.0, "parameters": 4.0, "cpu_s": 1.4}
    least = 1.96 * statistics.stdev(TRUTH.naive) / math.sqrt(5)
    most = 1.96 * SIGMA / math.sqrt(5)
    assert [each.name for each in found.baselines] == ["reference", "naive"]
    for row, mean, around in zip(found.baselines, (94.4, 50.1), (most, least), strict=True):
        assert row == Baseline(
            row.name, pytest.approx(mean), pytest.approx(mean - around), pytest.approx(mean + around)
        )
    assert last.notes == ("94.0 % ± 2.8 in 5 runs, each on a test set of its own",)


@pytest.mark.parametrize(("all_of_them", "low", "high"), [(99.9, 99.057, 100.0), (0.1, 0.0, 0.943)])
def test_no_interval_reaches_beyond_what_an_accuracy_can_be(
    all_of_them: float, low: float, high: float
) -> None:
    measured = TRAINING.found(reached(*[all_of_them] * 5), 2.0, Room(1))[-1].measurement
    assert measured is not None
    assert (measured.low, measured.high) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(
    ("failure", "why"), [(FAIL, "diverged"), (ERROR, "error"), (Failure(Verdict.MEMORY, "x"), "memory")]
)
def test_what_was_raised_in_one_run_is_told_by_its_kind_alone(failure: Failure, why: str) -> None:
    """The words may hold a hidden input."""
    last = TRAINING.found([*reached(*[94.0] * 4), Run(None, failure=failure)], 2.0, Room(1))[-1]
    assert last.notes[1:] == (f"1 of the runs failed and counts as guessing: {why}",)
    assert last.measurement is not None
    assert last.measurement.value == pytest.approx((4 * 94.0 + 50.0) / 5)


def test_of_several_runs_that_failed_the_first_is_told() -> None:
    runs = [*reached(*[94.0] * 8), Run(None, failure=FAIL), Run(None, failure=ERROR)]
    last = replace(TRAINING, seeds=tuple(range(10))).found(runs, 2.0, Room(1))[-1]
    assert last.notes[1:] == ("2 of the runs failed and count as guessing: diverged",)


def test_far_less_than_guessing_reaches_is_a_matter_of_labels() -> None:
    """Such as 1, ..., C for 0, ..., C - 1, or scores for labels; just below is bad luck."""
    (said,) = TRAINING.found(reached(*[24.0] * 5), 2.0, Room(1))[-1].notes[1:]
    assert said == "guessing reaches 50 %: are the labels that are predicted those of y?"
    assert not TRAINING.found(reached(*[26.0] * 5), 2.0, Room(1))[-1].notes[1:]


def test_a_budget_that_nobody_can_check_is_told() -> None:
    last = TRAINING.found(reached(*STEADY, cpu_s=None), 2.0, Room(1))[-1]
    assert last.verdict is Verdict.PASS
    assert last.notes[1:] == ("CPU time cannot be read here, so the budget was not checked",)
    assert last.measurement is not None
    assert "cpu_s" not in last.measurement.details


def test_over_the_budget_is_a_flag_and_a_cause() -> None:
    findings = TRAINING.found(reached(*STEADY, cpu_s=2.21), 2.0, Room(1))
    says = "a run takes 2.21 s of CPU time, and 2.00 s are allowed"
    assert [(f.verdict, f.cause, f.credit) for f in findings] == [(Verdict.TIMEOUT, says, 0)] * 2
    assert findings[-1].measurement is not None
    assert findings[-1].measurement.flags == (says,)
    assert TRAINING.found(reached(*STEADY, cpu_s=2.19), 2.0, Room(1))[-1].verdict is Verdict.PASS


RAISED = Failure(Verdict.ERROR, "raised a KeyError", "KeyError: 0.25"), Failure(Verdict.FAIL, "diverged")
OURS = Failure(Verdict.INFRASTRUCTURE, "no sandbox")


@pytest.mark.parametrize(
    ("failures", "verdict", "cause"),
    [
        ((FAIL, FAIL), Verdict.FAIL, "diverged"),
        ((FAIL, Failure(Verdict.FAIL, "no labels")), Verdict.FAIL, "diverged"),
        ((ERROR, FAIL), Verdict.FAIL, "unstable: 2 runs failed in different ways (error, fail)"),
        ((OURS,), Verdict.INFRASTRUCTURE, "no sandbox"),  # once is enough: nobody is to blame
        ((FAIL, OURS), Verdict.INFRASTRUCTURE, "no sandbox"),
    ],
)
def test_runs_that_failed_have_one_verdict(
    failures: tuple[Failure, ...], verdict: Verdict, cause: str
) -> None:
    runs = [*reached(94.0, 94.0, 94.0), *(Run(None, failure=each) for each in failures)]
    findings = TRAINING.found(runs, 2.0, Room(1))
    assert [f.tensor for f in findings] == ["half way", "target"]
    assert {(f.verdict, f.cause, f.credit, f.measurement) for f in findings} == {(verdict, cause, 0, None)}


@pytest.mark.parametrize(("official", "seen"), [(True, False), (False, True)])
def test_what_the_first_failed_run_raised_is_for_the_instructor(official: bool, seen: bool) -> None:
    runs = [Run(None, failure=each) for each in RAISED]
    for finding in TRAINING.found(runs, 2.0, Room(1, official)):
        assert (finding.evidence.text, finding.evidence.public) == ("KeyError: 0.25", seen)
        assert finding.evidence.argument == finding.tensor
    quiet = TRAINING.found(runs[::-1], 2.0, Room(1, official))[0].evidence
    assert (quiet.text, quiet.public) == ("", True)


def test_a_module_that_is_not_here_is_told_as_that() -> None:
    missing = Failure(Verdict.ERROR, "raised ModuleNotFoundError: No module named 'tqdm'", "its text")
    for finding in TRAINING.found([Run(None, failure=missing)] * 5, 2.0, Room(1, official=False)):
        assert finding.diagnosis is not None
        assert "imports 'tqdm', which this assignment does not provide" in finding.diagnosis.symptom


def test_nobody_is_measured_against_a_reference_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Program | None] = []

    def run(terms: Terms, sitting: Any, seed: int, allowed: Allowed, program: Program | None = None) -> Run:
        begun.append(program)
        return Run(None, failure=ERROR) if len(begun) == 2 else Run(94.0, 1.0)

    monkeypatch.setattr(accuracy, "run", run)
    findings = TRAINING.judge(Room(1))
    says = "the reference does not train here: raised a KeyError"
    assert [(f.tensor, f.verdict, f.cause) for f in findings] == [
        (name, Verdict.INFRASTRUCTURE, says) for name in ("half way", "target")
    ]
    assert begun == [REFERENCE] * 2


def test_a_key_holds_everything_that_a_verdict_depends_on() -> None:
    others = (
        replace(TRAINING, seeds=(1, 2)),
        replace(TRAINING, levels=TRAINING.levels[:1]),
        replace(TRAINING, calibration=replace(TRUTH, reference_cpu_s=2.0)),
    )
    assert len({each.key for each in (TRAINING, replace(TRAINING), *others)}) == 4
