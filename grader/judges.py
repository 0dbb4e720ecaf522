"""The processes that grade: each with the plan and a launcher of its own, none with the results."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from fractions import Fraction
from typing import TYPE_CHECKING

from grader.child import told
from grader.intake import Found, Submission
from grader.record import Record, Status
from grader.sandbox.types import AS_USUAL, Housing
from grader.store import now

if TYPE_CHECKING:
    from grader.planned import Plan

Grade = Callable[[Submission], Record]
Grading = Callable[["Plan", str], AbstractContextManager[Grade]]


@contextmanager
def in_sandbox(plan: "Plan", level: str, housing: Housing = AS_USUAL, jobs: int = 1) -> Iterator[Grade]:
    """Grade in the sandboxes of one launcher, of which a submission may have `jobs` at the same time."""
    from grader.judge import grade
    from grader.sandbox.launch import open_launcher

    launcher = open_launcher(level, plan.packages, housing)
    try:
        yield lambda submission: grade(plan, submission, launcher, jobs=jobs)
    finally:
        launcher.close()


def ungraded(
    whose: Found | Submission, content: str, status: Status, reason: str, plan: "Plan", level: str
) -> Record:
    """The record of what could not be graded, for the student's reason or for ours."""
    return Record(
        student=whose.student,
        submission=whose.name,
        slug=whose.slug,
        content=content,
        status=status,
        reason=reason,
        score=Fraction(0),
        max_score=plan.max_score,
        sandbox=level,
        graded_at=now(),
    )


class _Judge:
    """Grades one submission after the other; opens its launcher when it is first needed."""

    def __init__(self, plan: "Plan", level: str, grading: Grading) -> None:
        self.plan, self.level, self.grading = plan, level, grading
        self.open = ExitStack()
        self.ready: Grade | None = None

    def grade(self, submission: Submission) -> Record:
        """Grade it. What fails on our side is tried once more, with a fresh launcher."""
        record = self._attempt(submission)
        return self._attempt(submission) if record.status is Status.INFRASTRUCTURE else record

    def _attempt(self, submission: Submission) -> Record:
        try:
            if self.ready is None:
                self.ready = self.open.enter_context(self.grading(self.plan, self.level))
            record = self.ready(submission)
        except Exception as error:  # whatever it is, it is ours, and the other submissions go on
            status = Status.INFRASTRUCTURE
            record = ungraded(submission, submission.content, status, told(error), self.plan, self.level)
        if record.status is Status.INFRASTRUCTURE:
            self.close()
        return record

    def close(self) -> None:
        """Close the launcher; the next submission opens another."""
        self.ready = None
        with suppress(Exception):  # what is broken need not close well
            self.open.close()


@contextmanager
def judge(plan: "Plan", level: str, grading: Grading) -> Iterator[Grade]:
    """What one of these processes does with each submission. The last launcher is closed at the end."""
    this = _Judge(plan, level, grading)
    gc.freeze()  # the plan stays: no collection need walk it again for every submission
    try:
        yield this.grade
    finally:
        this.close()
