"""What a chain of calls is answered, by what each of them is."""

from __future__ import annotations

from collections.abc import Sequence

from suites.types import Answer, Failure, Reply


def as_one(answers: Sequence[Answer]) -> Answer:
    """All that they send back, or the first failure."""
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    replies = [answer for answer in answers if isinstance(answer, Reply)]
    return failures[0] if failures else Reply(tuple(value for reply in replies for value in reply.values))
