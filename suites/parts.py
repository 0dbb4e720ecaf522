"""Parts that are more than cases of an operation: training, the student's own tests, measured speed.

The author declares such a part; sealed, it judges submissions at their sittings and draws nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from typing import Callable, ClassVar, Protocol

from numpy.random import Generator

from suites.types import Answer, Call, Finding, Student


class Timed(Student, Protocol):
    """A student in a process of its own, measured from outside."""

    def chain(self, *calls: Call) -> Answer:
        """The answer to calls that are made one after another: all that they send back, or the first failure.

        What a question costs the process on its way here and back, a chain costs once.
        """

    def cpu_ns(self) -> int:
        """CPU time that its process has used since it started, read without its help.

        ProcessLookupError where it has ended unasked.
        """

    def frozen(self) -> AbstractContextManager[None]:
        """Stopped while the context lasts: it can neither work nor disturb."""

    def sliced(self, every_s: float, pause: Callable[[], None]) -> AbstractContextManager[None]:
        """While the context lasts, `pause` is called each time that so much has passed, in mid-answer.

        How long it takes counts for no limit. Where stopping it takes long, it is never called.
        """


@dataclass(frozen=True)
class Means:
    """What one sandbox of a sitting may use, where that differs from the assignment's limits."""

    question_s: float | None = None  # wall time a question
    total_s: float | None = None  # wall time a sandbox
    cpu_s: float | None = None
    memory_bytes: int | None = None
    reply_bytes: int | None = None


AS_USUAL = Means()


@dataclass(frozen=True)
class Program:
    """Code of the author's, such as a reference to measure against: files by name, and the one to import."""

    files: Mapping[str, str]
    main: str


class Sitting(Protocol):
    """One submission while it is judged: `jobs` sandboxes may be open at the same time.

    official  the course measures here, not a student on a machine of their own.
    """

    jobs: int
    official: bool

    def usual(self) -> AbstractContextManager[Student]:
        """The submission in the sandbox that answers whatever needs none of its own.

        It is one and the same as long as somebody uses it. OSError: ours, never the student's.
        """

    def open(self, means: Means = AS_USUAL, program: Program | None = None) -> AbstractContextManager[Timed]:
        """The submission, or a program in its place, freshly imported in a sandbox of its own.

        OSError: ours, never the student's.
        """


class SealedPart(Protocol):
    """A sealed part: picklable, for the trusted side alone. `key` says what it holds, for the fingerprint."""

    name: str
    needs: tuple[str, ...]
    key: str

    def judge(self, sitting: Sitting) -> Sequence[Finding]:
        """All findings of the part, the same for the same submission and seed where nothing is timed."""


class SpecialPart(Protocol):
    """What an author declares. `points` are by what the part is about, as the handout prints them.

    measures  its findings have measurements, which `assay bench` shows.
    """

    measures: ClassVar[bool]
    name: str
    title: str
    needs: tuple[str, ...]

    @property
    def points(self) -> tuple[tuple[str, Fraction], ...]:
        """Points by name; what is only measured has 0."""

    def public(self) -> SpecialPart:
        """What a self-check asks of it: the same kind of thing, less of it."""

    def seal(self, stream: Callable[[str], Generator]) -> SealedPart:
        """Draw everything that is secret. Raises AuthoringError where it cannot."""
