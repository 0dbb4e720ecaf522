"""A submission at its sitting: parts that are more than cases open as many sandboxes of it as they need."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from grader.intake.submission import Submission
from grader.sandbox.types import Launcher, Limits
from grader.student import SandboxStudent
from suites.parts import AS_USUAL, Means


class SandboxSitting:
    """A `suites.parts.Sitting` behind a launcher; `jobs` of its sandboxes may be open at the same time.

    printed  what the submission printed in sandboxes that have ended, each cut at the limit.
    """

    def __init__(self, launcher: Launcher, submission: Submission, limits: Limits, jobs: int = 1) -> None:
        self._launcher = launcher
        self._submission = submission
        self._limits = limits
        self.jobs = jobs
        self.printed = b""
        self.dropped = 0
        self.cpu_s = 0.0
        self.max_rss_bytes = 0

    @contextmanager
    def open(self, means: Means = AS_USUAL) -> Iterator[SandboxStudent]:
        """The submission, freshly imported in a sandbox of its own when it is first asked."""
        limits = _within(self._limits, means)
        with SandboxStudent(self._launcher, self._submission.files, self._submission.main, limits) as student:
            try:
                yield student
            finally:
                student.close()
                self._add(student)

    def _add(self, student: SandboxStudent) -> None:
        room = self._limits.printed_kept - len(self.printed)
        self.printed += student.printed[:room]
        self.dropped += student.dropped + len(student.printed[room:])
        self.cpu_s += student.cpu_s
        self.max_rss_bytes = max(self.max_rss_bytes, student.max_rss_bytes)


def _within(limits: Limits, means: Means) -> Limits:
    wanted = {name: value for name, value in vars(means).items() if value is not None}
    return replace(limits, **wanted)
