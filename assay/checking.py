"""A student's self-check: the path that grading takes, on the public cases, in a process of one's own."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from importlib.metadata import version

import assignments
from assay.choosing import Target
from assay.errors import AssayError
from assay.launching import LEVEL, Launching
from grader.intake import read_submission
from grader.judge import grade
from grader.machine import cores
from grader.plan import Plan, make_plan, with_parts
from grader.record import Record, RunInfo, Status
from suites import depth
from suites.assignment import Assignment

# The most that is told of a mistake, whatever the assignment tells when it is graded: who is still working
# finds more by looking than by being told.
DEEPEST = depth.QUESTION


@dataclass(frozen=True)
class Checked:
    """What one check found. `abouts` has the words for the kind of input of each case, by the case's id."""

    info: RunInfo
    record: Record
    seed: int
    hidden: int  # kinds of input that are checked only when graded
    abouts: Mapping[str, str]

    @property
    def full(self) -> bool:
        """Whether everything that could be asked is right."""
        return self.record.status is Status.GRADED and self.record.score == self.record.max_score

    @property
    def later(self) -> str:
        """What is not checked here."""
        kinds = "1 kind of input is" if self.hidden == 1 else f"{self.hidden} kinds of input are"
        return f"{kinds} checked only when graded"

    @property
    def ours(self) -> bool:
        """Whether it could not be checked for a reason that is not the student's."""
        return self.record.status is Status.INFRASTRUCTURE


class Checker:
    """Checks a submission as often as wanted, on the same cases; what is sealed stays until it changes."""

    def __init__(self, target: Target, parts: Sequence[str], seed: int, launching: Launching) -> None:
        self.target, self.seed, self._launching = target, seed, launching
        self._parts = parts or None
        self._plan: Plan | None = None
        self._hidden = _hidden(_asked_of(target, self._parts))

    def check(self) -> Checked:
        """Read what is there now, and ask it. Raises Unreadable where it cannot be read."""
        submission = read_submission(self.target.path, self.target.submit)
        plan = self._sealed()
        launcher = self._launching.launcher(plan.packages)
        record = grade(plan, submission, launcher, jobs=cores(), official=False)
        tells = depth.shallower(plan.tells, DEEPEST)
        findings = tuple(depth.at_depth(finding, tells) for finding in record.findings)
        # A part counts as far as public cases can tell.
        worth = sum((finding.points for finding in record.findings), Fraction(0))
        return Checked(
            info=_info(plan, tells),
            record=replace(record, max_score=worth, findings=findings),
            seed=self.seed,
            hidden=self._hidden,
            abouts={case.id: case.about for case in plan.all_cases},
        )

    def _sealed(self) -> Plan:
        folder = self.target.folder
        if self._plan is None or self._plan.assignment_hash != assignments.content_hash(folder):
            seed = f"assay check {self.seed}".encode()
            self._plan = make_plan(folder, seed, only=self._parts, public=True)
        return self._plan


def _asked_of(target: Target, parts: Sequence[str] | None) -> Assignment:
    assignment = assignments.load(target.folder)
    known = [part.name for part in assignment.parts]
    for name in parts or ():
        if name not in known:
            called = {part.title: part.name for part in assignment.parts} | {one: one for one in known}
            close = get_close_matches(name, called, 1)  # a check is headed by titles
            among = ", ".join(map(repr, known))  # in quotes: many have spaces
            choices = f"did you mean {called[close[0]]!r}?" if close else f"its parts are: {among}"
            raise AssayError(f"{target.folder.name} has no part {name!r}; {choices}")
    return with_parts(assignment, parts)


def _hidden(assignment: Assignment) -> int:
    return sum(not regime.public for op in assignment.ops for regime in op.regimes)


def _info(plan: Plan, tells: str) -> RunInfo:
    return RunInfo(
        assignment=plan.assignment,
        title=plan.title,
        assignment_hash=plan.assignment_hash,
        assay_version=version("assay"),
        numpy_version=version("numpy"),
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
