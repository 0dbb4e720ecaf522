"""What an author declares of a training part: a family of problems, points by accuracy, two programs.

    Training(
        "open", "A network of your own", Terms(Mixed()), here,
        levels=(Level("half way", 4, share="1/2"), Level("target", 6)),
        reference="solutions/momentum.py", naive="naive/plain_sgd.py",
    )

In the open division a submission has fit(X, y, seed), which returns anything made of arrays and numbers, and
predict(params, X), which gets that in another sandbox and returns labels. In the closed division the network
is fixed: fit(X, y, weights, steps, seed) gets its initial weights and the number of steps and returns weights
of the same shapes, and the grader predicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Callable, ClassVar

from numpy.random import Generator

from suites import datasets
from suites.accuracy import SealedLevel, SealedTraining
from suites.assignment import Assignment, AuthoringError, Number
from suites.calibration import Calibration, read
from suites.parts import Program
from suites.terms import Terms

RUNS = 5
CHECKED = 2  # runs of a self-check


@dataclass(frozen=True)
class Level:
    """Points for an accuracy: `share` of the way from the naive baseline's to the target."""

    name: str
    points: Number
    share: Number = 1

    def sealed(self, calibration: Calibration) -> SealedLevel:
        """With the accuracy that the calibration makes of it."""
        way = float(Fraction(str(self.share)))
        needed = (1 - way) * calibration.naive_mean + way * calibration.target
        return SealedLevel(self.name, Fraction(str(self.points)), needed)


@dataclass(frozen=True)
class Training:
    """A part that trains, in `runs` runs.

    folder     of the assignment, where `assay calibrate` leaves its file.
    reference  file of the program that sets target and budget.
    naive      file of one that earns nothing.
    """

    measures: ClassVar[bool] = True

    name: str
    title: str
    terms: Terms
    folder: Path
    levels: tuple[Level, ...]
    reference: str
    naive: str
    runs: int = RUNS
    needs: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[tuple[str, Fraction], ...]:
        """Points by level."""
        return tuple((level.name, Fraction(str(level.points))) for level in self.levels)

    def public(self) -> Training:
        """What a self-check asks: problems of the same family, fewer of them."""
        return replace(self, runs=min(CHECKED, self.runs))

    def program(self, file: str) -> Program:
        """One of the author's own files as something to run."""
        path = self.folder / file
        try:
            return Program({path.name: path.read_text(encoding="utf-8")}, path.name)
        except OSError as error:
            raise AuthoringError(f"{path} cannot be read: {error.strerror}") from error

    @property
    def identity(self) -> str:
        """A hash of everything that its calibration depends on."""
        programs = (self.program(file) for file in (self.reference, self.naive))
        return self.terms.identity(*(program.files[program.main] for program in programs))

    def seeds(self, stream: Callable[[str], Generator]) -> tuple[int, ...]:
        """One a run. Parts about one family have the same problems: each is drawn once."""
        family = self.terms.source.name
        return tuple(int(stream(f"training/{family}/{i}").integers(1 << 62)) for i in range(self.runs))

    def seal(self, stream: Callable[[str], Generator]) -> SealedTraining:
        """Draw the seeds of the runs. AuthoringError without a calibration or a data set."""
        return self.sealed(stream, read(self.folder, self.name))

    def sealed(self, stream: Callable[[str], Generator], calibration: Calibration) -> SealedTraining:
        """The same with a calibration at hand."""
        if dataset := getattr(self.terms.source, "dataset", ""):
            datasets.load(dataset)
        return SealedTraining(
            name=self.name,
            needs=self.needs,
            terms=self.terms,
            levels=tuple(level.sealed(calibration) for level in self.levels),
            seeds=self.seeds(stream),
            reference=self.program(self.reference),
            calibration=calibration,
        )


def training_parts(assignment: Assignment) -> list[Training]:
    """The parts of an assignment that train."""
    return [part for part in assignment.parts if isinstance(part, Training)]
