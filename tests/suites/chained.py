"""Students that stand in for a process: what a chain is answered, and who is never stopped in mid-answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from suites.types import Answer, Failure, Reply


def as_one(answers: Sequence[Answer]) -> Answer:
    """All that they send back, or the first failure."""
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    replies = [answer for answer in answers if isinstance(answer, Reply)]
    return failures[0] if failures else Reply(tuple(value for reply in replies for value in reply.values))


class Whole:
    """Answers whole questions: it takes long to stop."""

    @contextmanager
    def sliced(self, every_s: float, pause: Callable[[], None]) -> Iterator[None]:
        yield
