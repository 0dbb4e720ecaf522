"""Verdicts of training, on runs that are made up: the same however many of them run at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from suites import accuracy
from suites.accuracy import SealedLevel, SealedTraining
from suites.calibration import Calibration
from suites.parts import Program
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
    return TRAINING.judge(Room(jobs))  # type: ignore[arg-type]


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
