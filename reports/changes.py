"""What changes from one run of an assignment to another: whose status, verdicts and points, by which check.

Times, memory, measured figures and sandboxes are no differences, and neither are words: a cause that is said
in other words is shown beside a verdict that changes, and is none by itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from grader.record import Record, Status
from reports.figures import is_measured_alone
from reports.summary import COUNTED
from suites.types import Finding, Verdict


class Check(NamedTuple):
    """Which check of which tensor, on which kind of inputs."""

    part: str
    check: str
    tensor: str
    tier: str


@dataclass(frozen=True)
class Ruling:
    """What one check found; the cause does not count when rulings are compared."""

    verdict: Verdict
    credit: Fraction  # in [0, 1] of the points
    points: Fraction
    cause: str = field(default="", compare=False)

    @property
    def score(self) -> Fraction:
        return self.credit * self.points


@dataclass(frozen=True)
class CheckChange:
    """One check that rules otherwise; None in a run that has no such check of this student."""

    check: Check
    old: Ruling | None
    new: Ruling | None

    @property
    def reweighed(self) -> bool:
        """Whether the check rules as before, and is worth other points."""
        old, new = self.old, self.new
        return bool(old and new and (old.verdict, old.credit) == (new.verdict, new.credit))

    @property
    def points(self) -> Fraction:
        """By how much the score of the check grows."""
        return (self.new.score if self.new else Fraction(0)) - (self.old.score if self.old else Fraction(0))


@dataclass(frozen=True)
class Outcome:
    """What became of a submission. No score: it was not graded, for a reason that is not its author's."""

    status: Status
    score: Fraction | None
    max_score: Fraction
    reason: str = field(default="", compare=False)


@dataclass(frozen=True)
class Comparison:
    """One student in two runs; None where a run does not have them.

    resubmitted  something else was handed in, so that a change is no surprise. False where that is not known,
                 for one of the two could not be read.
    checks       those that rule otherwise; none where a submission was not graded, which its status tells.
    """

    student: str
    old: Outcome | None
    new: Outcome | None
    resubmitted: bool = False
    checks: tuple[CheckChange, ...] = ()

    @property
    def differs(self) -> bool:
        return self.old != self.new or bool(self.checks)

    @property
    def points(self) -> Fraction:
        """By how much the score grows; 0 where one of the two is not known."""
        if self.old is None or self.new is None or self.old.score is None or self.new.score is None:
            return Fraction(0)
        return self.new.score - self.old.score


def compare(old: Iterable[Record], new: Iterable[Record]) -> Iterator[Comparison]:
    """Every student of either run, in order. Both come ordered, as a Store's `latest`; none is kept."""
    for _, group in groupby(merge(_placed(old, 0), _placed(new, 1)), key=lambda placed: placed[0]):
        found = {side: record for _, side, record in group}
        yield _compared(found.get(0), found.get(1))


def _placed(records: Iterable[Record], side: int) -> Iterator[tuple[bytes, int, Record]]:
    """Records behind what SQLite orders them by: the bytes of the id, with lone surrogates spelled out."""
    for record in records:
        yield record.student.encode("utf-8", "backslashreplace"), side, record


def _compared(old: Record | None, new: Record | None) -> Comparison:
    if old is None or new is None:
        (alone,) = (record for record in (old, new) if record is not None)
        return Comparison(alone.student, _outcome(old), _outcome(new))
    unread = Status.UNREADABLE in (old.status, new.status)  # whose content is a hash of the reason
    graded = old.status in COUNTED and new.status in COUNTED
    return Comparison(
        student=old.student,
        old=_outcome(old),
        new=_outcome(new),
        resubmitted=old.content != new.content and not unread,
        checks=tuple(_changed(old.findings, new.findings)) if graded else (),
    )


def _outcome(record: Record | None) -> Outcome | None:
    if record is None:
        return None
    score = None if record.status is Status.INFRASTRUCTURE else record.score
    return Outcome(record.status, score, record.max_score, record.reason)


def _changed(old: Iterable[Finding], new: Iterable[Finding]) -> Iterator[CheckChange]:
    before, after = _rulings(old), _rulings(new)
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield CheckChange(key[0], before.get(key), after.get(key))


def _rulings(findings: Iterable[Finding]) -> dict[tuple[Check, int], Ruling]:
    """By check, and which of several of the same name; a figure that earns no points is no ruling."""
    met: Counter[Check] = Counter()
    rulings = {}
    for each in findings:
        if not is_measured_alone(each):
            check = Check(each.part, each.check, each.tensor, each.tier)
            rulings[check, met[check]] = Ruling(each.verdict, each.credit, each.points, each.cause)
            met[check] += 1
    return rulings


# --------------------------------------------------------------------------- over the class


class Shift(NamedTuple):
    """From which verdict to which a check goes; None where there is no such check of a student."""

    check: Check
    old: Verdict | None
    new: Verdict | None


class Weight(NamedTuple):
    """What a check that rules as before was worth, and what it is."""

    check: Check
    old: Fraction
    new: Fraction


class Turn(NamedTuple):
    """From which status to which a submission goes."""

    old: Status
    new: Status


@dataclass
class Extent:
    """How many students, and by how many points they rise together."""

    students: int = 0
    points: Fraction = Fraction(0)

    def add(self, points: Fraction) -> None:
        self.students += 1
        self.points += points


@dataclass
class Tally:
    """The class in one pass; `add` every comparison, then read. It grows with the checks, not the class.

    students  those who are in both runs; all counts but `only_old` and `only_new` are of them.
    """

    students: int = 0
    changed: Extent = field(default_factory=Extent)
    up: int = 0
    down: int = 0
    resubmitted: int = 0  # of those who change
    only_old: int = 0
    only_new: int = 0
    _turns: dict[Turn, Extent] = field(default_factory=dict)
    _shifts: dict[Shift, Extent] = field(default_factory=dict)
    _weights: dict[Weight, Extent] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        return bool(self.changed.students or self.only_old or self.only_new)

    def add(self, each: Comparison) -> None:
        if each.old is None or each.new is None:
            self.only_old += each.new is None
            self.only_new += each.old is None
            return
        self.students += 1
        if not each.differs:
            return
        self.changed.add(each.points)
        self.up += each.points > 0
        self.down += each.points < 0
        self.resubmitted += each.resubmitted
        if each.old.status is not each.new.status:
            turn = Turn(each.old.status, each.new.status)
            self._turns.setdefault(turn, Extent()).add(each.points)
        for change in each.checks:
            self._count(change)

    def _count(self, change: CheckChange) -> None:
        old, new = change.old, change.new
        if change.reweighed and old and new:
            extent = self._weights.setdefault(Weight(change.check, old.points, new.points), Extent())
        else:
            shift = Shift(change.check, old.verdict if old else None, new.verdict if new else None)
            extent = self._shifts.setdefault(shift, Extent())
        extent.add(change.points)

    def turns(self) -> list[tuple[Turn, Extent]]:
        """Most students first, then most points; so are the others."""
        return sorted(self._turns.items(), key=_affected)

    def shifts(self) -> list[tuple[Shift, Extent]]:
        return sorted(self._shifts.items(), key=_affected)

    def weights(self) -> list[tuple[Weight, Extent]]:
        return sorted(self._weights.items(), key=_affected)


def _affected(entry: tuple[object, Extent]) -> tuple[int, Fraction]:
    return -entry[1].students, -abs(entry[1].points)
