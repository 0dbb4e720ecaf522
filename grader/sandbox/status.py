"""What is told of a run on its status pipe, a line each: that it is ready or why it is not, and its end.

The launcher's side tells, the trusted side hears. In a container what tells lies beside student code, so what
is heard is checked like anything that comes from there.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Union

from grader.sandbox.control import message_in
from grader.sandbox.types import Exit

LONGEST: Final = 4096  # bytes a line: so much a pipe takes whole
_WORDS: Final = 300  # characters, of at most 12 bytes each in JSON
_FIELDS: Final = {field.name for field in fields(Exit)}


@dataclass(frozen=True)
class Ready:
    """The worker is confined and waits for its first frame; `pid` as its launcher sees it."""

    pid: int


@dataclass(frozen=True)
class Unready:
    """A step of the confinement failed."""

    why: str


News = Union[Ready, Unready, Exit]


def tell(status: int, news: News) -> None:
    """Write a line. Nobody may be listening any more."""
    message: dict[str, Any]
    if isinstance(news, Ready):
        message = {"ready": news.pid}
    elif isinstance(news, Unready):
        message = {"error": news.why[:_WORDS]}
    else:
        message = {"exit": {**asdict(news), "cause": news.cause[:_WORDS]}}
    with contextlib.suppress(OSError):
        os.write(status, json.dumps(message).encode("ascii") + b"\n")


def heard(line: bytes) -> News:
    """What a line tells; EOFError where it is none of ours, for then the far side is not what it was."""
    message = message_in(line)
    if message.keys() == {"ready"} and _counts(message["ready"], 1, 1 << 31):
        return Ready(message["ready"])
    if message.keys() == {"error"} and type(message["error"]) is str:
        return Unready(message["error"][:_WORDS])
    if message.keys() == {"exit"}:
        return _exit(message["exit"])
    raise EOFError("the launcher told what makes no sense")


def _exit(told: Any) -> Exit:
    if type(told) is not dict or told.keys() != _FIELDS:
        raise EOFError("the launcher told an end that makes no sense")
    end = Exit(**told)
    one = _counts(end.code, 0, 255) if end.signal is None else end.code is None and _counts(end.signal, 1, 64)
    if not (
        one
        and type(end.killed) is bool
        and type(end.cpu_s) is float
        and 0 <= end.cpu_s < math.inf
        and _counts(end.max_rss_bytes, 0, 1 << 62)
        and type(end.cause) is str
        and len(end.cause) <= _WORDS
    ):
        raise EOFError("the launcher told an end that makes no sense")
    return end


def _counts(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most
