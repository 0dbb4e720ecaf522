"""Two runs compared, as a terminal shows it and as programs read it. Text of students is inert in both."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from grader.record import RunInfo
from reports.changes import Check, CheckChange, Comparison, Extent, Outcome, Ruling, Shift, Tally, Weight
from reports.text import inert, many, points, points_of
from suites.types import Verdict

WIDTH = 100
NAME, CAUSE = 80, 200  # characters that are shown
HASH = 12
_ASPECTS = {
    "assignment_hash": "the assignment was edited",
    "max_score": "the points of the assignment",
    "seed_commitment": "the hidden inputs are drawn from another seed",
    "assay_version": "Assay",
    "numpy_version": "NumPy",
    "python_version": "Python",
    "question_s": "the seconds that a question may take",
    "memory_bytes": "the bytes of memory that a sandbox may take",
    "sandbox": "the sandbox",
}


@dataclass(frozen=True)
class Aspect:
    """Something in which the runs differ themselves; `name` as in run.json."""

    name: str
    says: str
    old: str
    new: str


def aspects(old: RunInfo, new: RunInfo) -> list[Aspect]:
    """What was run otherwise, the likeliest reasons first."""
    found = [
        Aspect(name, says, str(getattr(old, name)), str(getattr(new, name)))
        for name, says in _ASPECTS.items()
        if getattr(old, name) != getattr(new, name)
    ]
    if {each.name for each in found} <= {"sandbox"} and old.fingerprint != new.fingerprint:
        says = "the oracles answer otherwise, to the last bit"
        found.append(Aspect("fingerprint", says, old.fingerprint, new.fingerprint))
    return found


# --------------------------------------------------------------------------- for a terminal


def summary_lines(old: RunInfo, new: RunInfo, tally: Tally) -> Iterator[str]:
    """What differs between the runs, how many change, and by which checks."""
    yield "Between the runs"
    for aspect in aspects(old, new):
        yield from _wrapped(f"{aspect.says}: {_short(aspect.old)} -> {_short(aspect.new)}", 2)
    if not aspects(old, new):
        yield "  nothing: assignment, seed, versions and limits are the same"
    for which, info in (("old", old), ("new", new)):
        if not info.ended:
            yield f"  the {which} run has not come to its end: who is missing there may be graded yet"
    yield ""
    yield from _wrapped(_counts(tally), 0)
    if tally.resubmitted:
        yield f"{tally.resubmitted} of them handed in something else"
    for count, which in ((tally.only_old, "old"), (tally.only_new, "new")):
        if count:
            yield f"{many(count, 'student')} in the {which} run alone"
    if tally.changed.students:
        yield ""
        yield "By check"
    for turn, extent in tally.turns():
        yield from _wrapped(
            f"{many(extent.students, 'student')} {turn.old} -> {turn.new}, {_worth(extent.points)}", 2
        )
    for shift, extent in tally.shifts():
        told = f"{many(extent.students, 'student')} {_shifted(shift.old, shift.new)}, {_worth(extent.points)}"
        yield from _wrapped(f"{_check(shift.check)}: {told}", 2)
    for weight, extent in tally.weights():
        told = f"worth {points(weight.old)} -> {points(weight.new)}, {many(extent.students, 'student')}"
        yield from _wrapped(f"{_check(weight.check)}: {told}, {_worth(extent.points)}", 2)
    if tally.differs:
        yield ""
        yield "Student by student"


def student_lines(each: Comparison) -> Iterator[str]:
    """One student who differs, and each check that rules otherwise."""
    name = inert(each.student, NAME)
    if each.old is None or each.new is None:
        which = "old" if each.old else "new"
        there = f", {_outcome(alone)}" if (alone := each.old or each.new) else ""
        yield from _wrapped(f"{name}: in the {which} run alone{there}", 2)
        return
    by = f" ({_signed(each.points)})" if each.points else ""
    other = "; something else was handed in" if each.resubmitted else ""
    yield from _wrapped(f"{name}: {_outcomes(each.old, each.new)}{by}{other}", 2)
    if each.old.status is not each.new.status and each.new.reason:
        yield from _wrapped(inert(each.new.reason, CAUSE), 4)
    for change in each.checks:
        if not change.reweighed:
            yield from _wrapped(_ruled(change), 4)
    reweighed = [change.points for change in each.checks if change.reweighed]
    if reweighed:
        by = _worth(sum(reweighed, Fraction(0)))
        yield f"    {many(len(reweighed), 'check')} as before, worth other points: {by}"


def _counts(tally: Tally) -> str:
    everybody = many(tally.students, "student")
    changed = tally.changed.students
    if not changed:
        return f"No verdict and no points change among {everybody} in both runs"
    ways = ((tally.up, "up"), (tally.down, "down"), (changed - tally.up - tally.down, "with the same score"))
    told = ", ".join(f"{count} {way}" for count, way in ways if count)
    change = f"{changed} of {everybody} in both runs {'changes' if changed == 1 else 'change'}"
    return f"{change}: {told}; {_worth(tally.changed.points)} in all"


def _worth(value: Fraction) -> str:
    return f"{_signed(value)} point{'' if abs(value) == 1 else 's'}"


def _signed(value: Fraction) -> str:
    """A change of points; one that two decimals cannot show is no 0."""
    if not value:
        return "0"
    shown = points(abs(value))
    return ("-" if value < 0 else "+") + (shown if shown != "0" else "less than 0.01")


def _check(check: Check) -> str:
    return inert(f"{check.part}, {check.tensor} ({check.check}, {check.tier})", CAUSE)


def _shifted(old: Verdict | None, new: Verdict | None) -> str:
    if old is new:
        return f"{new} as before, with other credit"
    return f"{old or 'not checked'} -> {new or 'not checked'}"


def _ruled(change: CheckChange) -> str:
    old, new = change.old, change.new
    verdicts = _shifted(old.verdict if old else None, new.verdict if new else None)
    by = f", {_signed(change.points)}" if change.points else ""
    cause = f": {inert(new.cause, CAUSE)}" if new and new.cause else ""
    return f"{_check(change.check)}: {verdicts}{by}{cause}"


def _outcomes(old: Outcome, new: Outcome) -> str:
    """ "13.5 / 20 -> 20 / 20"; a status that is the same is told only where there is no score."""
    if old == new:
        return _score(new)
    if old.status is new.status:
        return f"{_score(old)} -> {_score(new)}"
    return f"{_outcome(old)} -> {_outcome(new)}"


def _outcome(outcome: Outcome) -> str:
    return str(outcome.status) if outcome.score is None else f"{_score(outcome)}, {outcome.status}"


def _score(outcome: Outcome) -> str:
    return str(outcome.status) if outcome.score is None else points_of(outcome.score, outcome.max_score)


def _short(value: str) -> str:
    whole = len(value) == 64 and value.isalnum()  # a hash
    return inert(value[:HASH] if whole else value, NAME)


def _wrapped(text: str, indent: int) -> Iterator[str]:
    first, rest = " " * indent, " " * (indent + 2)
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


# --------------------------------------------------------------------------- for programs


def summary_data(old: RunInfo, new: RunInfo, tally: Tally) -> dict[str, Any]:
    """All but the students, for `reports.files.strict`."""
    return {
        "assignment": new.assignment,
        "differs": tally.differs,
        "runs": [vars(aspect) for aspect in aspects(old, new)],
        "summary": {
            "students": tally.students,
            "changed": tally.changed.students,
            "up": tally.up,
            "down": tally.down,
            "points": tally.changed.points,
            "resubmitted": tally.resubmitted,
            "only_old": tally.only_old,
            "only_new": tally.only_new,
        },
        "statuses": [{**turn._asdict(), **vars(extent)} for turn, extent in tally.turns()],
        "checks": [_entry(shift.check, shift, extent) for shift, extent in tally.shifts()],
        "weights": [_entry(weight.check, weight, extent) for weight, extent in tally.weights()],
    }


def _entry(check: Check, moved: Shift | Weight, extent: Extent) -> dict[str, Any]:
    return {**check._asdict(), "old": moved.old, "new": moved.new, **vars(extent)}


def student_data(each: Comparison) -> dict[str, Any]:
    """One student who differs, for `reports.files.strict`."""
    return {
        "student": each.student,
        "old": each.old and vars(each.old),
        "new": each.new and vars(each.new),
        "points": each.points,
        "resubmitted": each.resubmitted,
        "checks": [
            {
                **change.check._asdict(),
                "old": change.old and _ruling(change.old),
                "new": change.new and _ruling(change.new),
                "points": change.points,
            }
            for change in each.checks
        ],
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {**vars(ruling), "score": ruling.score}
