"""The functions of ours that a call is given: their calls are counted, bounded and answered here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Callable

from grader.student.ends import BrokenError
from suites.types import Verdict


class Answers:
    """Answers the callbacks of one question; what is no proper question ends the line.

    A value goes back as it is, and a str says why there is none.
    """

    def __init__(self, functions: Sequence[Callable[..., Any]], most: int) -> None:
        self._functions, self._most = functions, most
        self._count = 0

    def __call__(self, asked: Any) -> Any:
        self._count += 1
        if self._count > self._most:
            cause = f"asked the functions that it was given more than {self._most} times"
            raise BrokenError(Verdict.OUTPUT, cause)
        if type(asked) is not tuple or not asked or type(asked[0]) is not int:
            raise BrokenError(Verdict.PROTOCOL, "asked a function of ours something that makes no sense")
        number, *args = asked
        if not 0 <= number < len(self._functions):
            raise BrokenError(Verdict.PROTOCOL, "asked a function that it was not given")
        try:
            return self._functions[number](*args)
        except ValueError as error:
            return str(error)


def runs(given: Sequence[Sequence[object]]) -> Iterator[range]:
    """Questions that may be sent before the one before is answered, by the functions that they are given.

    One that is given any stands alone.
    """
    start = 0
    for position, functions in enumerate(given):
        if functions:
            if start < position:
                yield range(start, position)
            yield range(position, position + 1)
            start = position + 1
    if start < len(given):
        yield range(start, len(given))
