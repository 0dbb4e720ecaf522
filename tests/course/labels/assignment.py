"""A course's own assignment, small enough for a test: label points, and be measured by how many are right."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from suites import Assignment
from suites.measurement import Baseline, Measurement
from suites.parts import Sitting
from suites.types import Call, Failure, Finding, Reply, Verdict

SEEDS, POINTS, CLASSES = 5, 400, 3


@dataclass(frozen=True)
class Draw:
    """What one seed draws: points to learn from, with labels, and hidden ones."""

    known: np.ndarray
    labels: np.ndarray
    hidden: np.ndarray
    right: np.ndarray


@dataclass(frozen=True)
class SealedLabels:
    """Asks for the labels of every draw's hidden points, each draw in a sandbox of its own."""

    draws: tuple[Draw, ...]
    name: str = "labels"
    needs: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return sha256(b"".join(draw.hidden.tobytes() for draw in self.draws)).hexdigest()

    def judge(self, sitting: Sitting) -> Sequence[Finding]:
        shares: list[float] = []
        for draw in self.draws:
            with sitting.open() as student:
                (answer,) = student.ask(Call("predict", (draw.known, draw.labels, draw.hidden)))
            if isinstance(answer, Failure):
                return [_finding(answer.verdict, answer.cause, _measured([], self.draws))]
            shares.append(_share(answer, draw.right))
        return [_finding(Verdict.PASS, "", _measured(shares, self.draws))]


def _share(answer: Reply, right: np.ndarray) -> float:
    (got,) = answer.values
    same = isinstance(got, np.ndarray) and got.shape == right.shape
    return 100 * float(np.mean(got == right)) if same else 0.0


def _nearest(draw: Draw) -> np.ndarray:
    means = np.stack([draw.known[draw.labels == label].mean(axis=0) for label in range(CLASSES)])
    return np.argmin(((draw.hidden[:, None] - means) ** 2).sum(axis=2), axis=1)


def _measured(shares: list[float], draws: tuple[Draw, ...]) -> Measurement:
    reference = [100 * float(np.mean(_nearest(draw) == draw.right)) for draw in draws]
    value = statistics.mean(shares) if shares else None
    half = 1.96 * max(statistics.stdev(shares), 0.5) / SEEDS**0.5 if shares else 0.0
    ends = (None, None) if value is None else (value - half, value + half)
    middle = statistics.mean(reference)
    return Measurement(
        "accuracy", value, *ends, len(shares), "%", "higher", "linear", 0.2, "any", "1",
        baselines=(Baseline("reference", middle, middle - 0.5, middle + 0.5),),
    )  # fmt: skip


def _finding(verdict: Verdict, cause: str, measured: Measurement) -> Finding:
    credit = Fraction(int(verdict is Verdict.PASS))
    return Finding(
        "labels", "accuracy", "labels", "ordinary", verdict, cause, credit, Fraction(1), measurement=measured
    )


@dataclass(frozen=True)
class Labels:
    """Points on a plane around three centres."""

    name: str = "labels"
    title: str = "Label points"
    needs: tuple[str, ...] = ()
    measures: ClassVar[bool] = True

    @property
    def points(self) -> tuple[tuple[str, Fraction], ...]:
        return (("labels", Fraction(1)),)

    def seal(self, stream: Callable[[str], Generator]) -> Any:
        return SealedLabels(tuple(_draw(stream(f"labels/{seed}")) for seed in range(SEEDS)))


def _draw(rng: Generator) -> Draw:
    centres = rng.normal(size=(CLASSES, 2)) * 2
    labels = rng.integers(CLASSES, size=2 * POINTS)
    points = centres[labels] + rng.normal(size=(2 * POINTS, 2))
    return Draw(points[:POINTS], labels[:POINTS], points[POINTS:], labels[POINTS:])


assignment = Assignment(title="Label points", submit="labels.py", parts=(Labels(),))
