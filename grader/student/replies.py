"""Calls as values to send, values that came as answers: what is not the answer to the call is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grader import wire
from grader.student.ends import MAX_CAUSE, BrokenError
from suites.function import Function
from suites.types import Answer, Call, Failure, Opaque, Ref, Reply, Verdict

MAX_TEXT = 4000
# A reply may claim nothing else: a timeout or a fault of ours is not for the far side to declare.
CLAIMS = frozenset(map(str, (Verdict.ERROR, Verdict.MISSING, Verdict.MEMORY, Verdict.SKIPPED)))


@dataclass(frozen=True)
class Prepared(Call):
    """A call that many submissions are asked: its bytes are made once."""

    @cached_property
    def encoded(self) -> wire.Encoded:
        """What goes over the wire, but for its number."""
        prepared = wire.prepare(_said(self), wire.REQUEST)
        return prepared._replace(parts=[b"".join(prepared.parts)])


def prepared(call: Call) -> Call:
    """The same call, to be asked often."""
    return Prepared(call.do, call.args, call.results, call.echo, call.seed)


def request(index: int, call: Call) -> Any:
    """A numbered call as the far side reads it."""
    return index, call.encoded if isinstance(call, Prepared) else _said(call)


def _said(call: Call) -> Any:
    """A call without its number: values in tuples, kept things by name, functions by number."""
    do = call.do if isinstance(call.do, str) else (call.do[0].name, call.do[1])
    numbers = itertools.count()
    args = [_argument(arg, numbers) for arg in call.args]
    results = [None if ref is None else ref.name for ref in call.results]
    return do, args, results, list(call.echo), call.seed


def _argument(arg: Any, numbers: Iterator[int]) -> Any:
    if isinstance(arg, Function):
        return next(numbers)
    return arg.name if isinstance(arg, Ref) else (arg,)


def answer(call: Call, index: int, kind: int, value: Any, seconds: float) -> Answer:
    """What a reply says, if it is one to this call."""
    if kind == wire.FAILED:
        return failed(value, index, seconds)
    if type(value) is not tuple or len(value) != 3 or type(value[0]) is not int or value[0] != index:
        raise BrokenError(Verdict.PROTOCOL, "sent a reply out of order", seconds)
    wanted = call.results.count(None)
    return Reply(_crossed(value[1], wanted), _crossed(value[2], len(call.echo)), seconds)


def _crossed(sent: Any, count: int) -> tuple[Any, ...]:
    if type(sent) is not list or len(sent) != count:
        raise BrokenError(Verdict.PROTOCOL, "sent another number of values than it was asked for")
    return tuple([entry[0] if type(entry) is tuple and len(entry) == 1 else _opaque(entry) for entry in sent])


def _opaque(entry: Any) -> Opaque:
    if type(entry) is str:
        return Opaque(entry[:MAX_CAUSE])
    raise BrokenError(Verdict.PROTOCOL, "sent a value that is not marked as one")


def failed(value: Any, index: int, seconds: float) -> Failure:
    """What the far side says went wrong: its words are data, its verdict one of a few."""
    if type(value) is not dict:
        raise BrokenError(Verdict.PROTOCOL, "sent a failure that makes no sense", seconds)
    got, verdict, cause, text = (value.get(key) for key in ("i", "verdict", "cause", "text"))
    if type(got) is not int or got != index or type(cause) is not str or type(text) is not str:
        raise BrokenError(Verdict.PROTOCOL, "sent a failure that makes no sense", seconds)
    if type(verdict) is not str or verdict not in CLAIMS:
        raise BrokenError(Verdict.PROTOCOL, "sent a verdict that is not for it to give", seconds)
    return Failure(Verdict(verdict), cause[:MAX_CAUSE], text[:MAX_TEXT], seconds)
