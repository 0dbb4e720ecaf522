"""Calls as values to send, values that came as answers: what is not the answer to the call is refused."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Union

import numpy as np

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


@dataclass(frozen=True)
class Chain:
    """Calls that are one question: made one after another, and answered together."""

    calls: tuple[Call, ...]


Question = Union[Call, Chain]


def calls_of(question: Question) -> tuple[Call, ...]:
    """The calls of a question, in order."""
    return question.calls if isinstance(question, Chain) else (question,)


def functions_of(question: Question) -> list[Function]:
    """The functions of ours that it is given, in order."""
    return [function for call in calls_of(question) for function in call.functions]


def request(index: int, question: Question) -> Any:
    """A numbered question as the far side reads it."""
    return index, question.encoded if isinstance(question, Prepared) else _said(question)


def _said(question: Question) -> tuple[str, list[Any]]:
    """Its calls as JSON, which costs the student's process least, and the values that they take by place."""
    said = _Said(calls_of(question))
    return json.dumps([said.call(call) for call in said.calls], separators=(",", ":")), said.values


class _Said:
    """Calls being put into words. An array that several of them take is sent once: `values` holds it once."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.values: list[Any] = []
        self._numbers = itertools.count()
        self._places: dict[int, int] = {}  # of arrays, by identity
        self._uses = Counter(id(arg) for call in calls for arg in call.args if _is_shared(arg))

    def call(self, call: Call) -> list[Any]:
        do = call.do if isinstance(call.do, str) else [call.do[0].name, call.do[1]]
        args = [self._argument(arg) for arg in call.args]
        results = [ref and ([ref.name, ref.via] if ref.via else ref.name) for ref in call.results]
        return [do, args, results, list(call.echo), call.seed]

    def _argument(self, arg: Any) -> str | int | list[int]:
        """What is kept by its name, a function of ours by its number in a list, a value by its place.

        A negative place, ~k, asks for a copy of value k, which is taken again later.
        """
        if isinstance(arg, Ref):
            return arg.name
        if isinstance(arg, Function):
            return [next(self._numbers)]
        if not _is_shared(arg):
            return self._place(arg)
        place = self._places.get(id(arg))
        if place is None:
            place = self._places[id(arg)] = self._place(arg)
        self._uses[id(arg)] -= 1
        return ~place if self._uses[id(arg)] else place

    def _place(self, value: Any) -> int:
        self.values.append(value)
        return len(self.values) - 1


def _is_shared(arg: object) -> bool:
    """Whether one copy of it is as another: an array whose layout a copy keeps."""
    return isinstance(arg, np.ndarray) and bool(arg.flags.forc)


def answer(question: Question, index: int, kind: int, value: Any, seconds: float) -> Answer:
    """What a reply says, if it is one to this question."""
    if kind == wire.FAILED:
        return failed(value, index, seconds)
    if type(value) is not tuple or len(value) not in (3, 4) or type(value[0]) is not int or value[0] != index:
        raise BrokenError(Verdict.PROTOCOL, "sent a reply out of order", seconds)
    device_us = value[3] if len(value) == 4 else 0
    if len(value) == 4 and not (type(device_us) is int and 0 < device_us <= wire.MAX_DEVICE_US):
        raise BrokenError(Verdict.PROTOCOL, "sent a time of its device that is none", seconds)
    calls = calls_of(question)
    wanted = sum([call.results.count(None) for call in calls])
    echoed = sum([len(call.echo) for call in calls])
    return Reply(_crossed(value[1], wanted), _crossed(value[2], echoed), seconds, device_us)


def _crossed(sent: Any, count: int) -> tuple[Any, ...]:
    if type(sent) is not list or len(sent) != count:
        raise BrokenError(Verdict.PROTOCOL, "sent another number of values than it was asked for")
    return tuple([entry[0] if type(entry) is tuple and len(entry) == 1 else _opaque(entry) for entry in sent])


def _opaque(entry: Any) -> Opaque:
    if type(entry) is str:
        return Opaque(entry[:MAX_CAUSE].removesuffix(" cannot cross"))  # what it was, for whoever tells of it
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
