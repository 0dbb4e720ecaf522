"""A submission at its sitting: parts that are more than cases open as many sandboxes of it as they need."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from grader.intake.submission import Submission
from grader.sandbox.types import Launcher, Limits
from grader.student import SandboxStudent
from suites.parts import AS_USUAL, Means, Program


class SandboxSitting:
    """A `suites.parts.Sitting` behind a launcher; `jobs` of its sandboxes may be open at the same time.

    printed  what the submission printed in sandboxes that have ended, all of it cut at the limit.
    """

    def __init__(
        self,
        launcher: Launcher,
        submission: Submission,
        limits: Limits,
        jobs: int = 1,
        official: bool = True,
    ) -> None:
        self._launcher = launcher
        self._submission = submission
        self._limits = limits
        self._adding = threading.Lock()  # sandboxes that are open at the same time may end so
        self.jobs = jobs
        self.official = official
        self.printed = b""
        self.dropped = 0
        self.cpu_s = 0.0
        self.max_rss_bytes = 0
        self._usual: SandboxStudent | None = None

    @contextmanager
    def usual(self) -> Iterator[SandboxStudent]:
        """The submission in the sandbox that all share who need none of their own: who opens it ends it."""
        if self._usual is not None:
            yield self._usual
            return
        with self.open() as student:
            self._usual = student
            try:
                yield student
            finally:
                self._usual = None

    @contextmanager
    def open(self, means: Means = AS_USUAL, program: Program | None = None) -> Iterator[SandboxStudent]:
        """The submission, or a program in its place, freshly imported in a sandbox when it is first asked."""
        limits = _within(self._limits, means)
        files, main = self._submission.files, self._submission.main
        if program is not None:
            files, main = program.files, program.main
        with SandboxStudent(self._launcher, files, main, limits) as student:
            try:
                yield student
            finally:
                student.close()
                if program is None:  # what a program of ours prints and uses is nobody's affair
                    with self._adding:
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
