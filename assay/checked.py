"""What a self-check found: the path that grading takes, on public cases, in a process of one's own."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction

import numpy as np

from assay.errors import AssayError
from assay.launching import LEVEL
from grader.intake.submission import Submission
from grader.judge import grade
from grader.machine import cores
from grader.planned import Plan
from grader.record import Record, RunInfo, Status
from grader.sandbox.types import Launcher
from suites import depth

# The most that is told of a mistake, whatever the assignment tells when it is graded: who is still working
# finds more by looking than by being told.
DEEPEST = depth.QUESTION


@dataclass(frozen=True)
class Checked:
    """What one check found.

    again    a sentence that says where the cases come from.
    abouts   the words for the kind of input of each case, by the case's id.
    hidden   kinds of input that are checked only when graded.
    ungiven  titles of the parts of which nothing can be asked here.
    """

    info: RunInfo
    record: Record
    seed: int
    again: str
    abouts: Mapping[str, str]
    hidden: int
    ungiven: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Whether everything that could be asked is right."""
        return self.record.status is Status.GRADED and self.record.score == self.record.max_score

    @property
    def later(self) -> str:
        """What is not checked here, if anything."""
        return only_when_graded(self.hidden, self.ungiven)

    @property
    def ours(self) -> bool:
        """Whether it could not be checked for a reason that is not the student's."""
        return self.record.status is Status.INFRASTRUCTURE


def only_when_graded(hidden: int, parts: Iterable[str] = ()) -> str:
    """What no self-check asks: so many kinds of input, and these parts by their titles."""
    kinds = [] if not hidden else ["1 kind of input"] if hidden == 1 else [f"{hidden} kinds of input"]
    named = [f'the part "{title}"' for title in parts]
    *most, last = [*kinds, *named] or [""]
    what = f"{', '.join(most)} and {last}" if most else last
    one = not most and (hidden == 1 or not kinds)
    return f"{what} {'is' if one else 'are'} checked only when graded" if what else ""


def refuse_unknown(parts: Iterable[str], known: Mapping[str, str], assignment: str) -> None:
    """AssayError where one of these names is no part's; `known` has their titles."""
    for name in parts:
        if name not in known:
            called = {title: one for one, title in known.items()} | {one: one for one in known}
            close = get_close_matches(name, called, 1)  # a check is headed by titles
            among = ", ".join(map(repr, known))  # in quotes: many have spaces
            choices = f"did you mean {called[close[0]]!r}?" if close else f"its parts are: {among}"
            raise AssayError(f"{assignment} has no part {name!r}; {choices}")


def look(
    plan: Plan,
    submission: Submission,
    launcher: Launcher,
    *,
    seed: int,
    again: str,
    hidden: int,
    ungiven: tuple[str, ...] = (),
    assay_version: str,
) -> Checked:
    """Ask a submission what a public plan holds, and tell no more of it than a self-check may."""
    record = grade(plan, submission, launcher, jobs=cores(), official=False)
    tells = depth.shallower(plan.tells, DEEPEST)
    findings = tuple(depth.at_depth(finding, tells) for finding in record.findings)
    # A part counts as far as public cases can tell.
    worth = sum((finding.points for finding in record.findings), Fraction(0))
    return Checked(
        info=_info(plan, tells, assay_version),
        record=replace(record, max_score=worth, findings=findings),
        seed=seed,
        again=again,
        abouts={case.id: case.about for case in plan.all_cases},
        hidden=hidden,
        ungiven=ungiven,
    )


def _info(plan: Plan, tells: str, assay_version: str) -> RunInfo:
    return RunInfo(
        assignment=plan.assignment,
        title=plan.title,
        assignment_hash=plan.assignment_hash,
        assay_version=assay_version,
        numpy_version=np.__version__,
        python_version=platform.python_version(),
        seed_commitment=plan.commitment,
        sandbox=LEVEL.name,
        host="",
        started="",
        ended="",
        max_score=plan.max_score,
        parts=plan.outlines,
        tells=tells,
    )
