"""What a run leaves behind, as plain data: one Record a submission, one RunInfo a run, and their JSON.

The reports read nothing else. Points are exact fractions, written as "3/2".
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from suites.depth import NAME
from suites.types import Finding

T = TypeVar("T")
_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))  # Python 3.9 has one of them


class Status(str, Enum):
    """What became of a submission."""

    GRADED = "graded"
    PARTIAL = "partial"  # some checks could not run
    PENDING = "pending"  # a part that people grade is not graded yet
    UNREADABLE = "unreadable"
    INFRASTRUCTURE = "infrastructure-error"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Record:
    """One submission, graded once. Text in `reason`, `printed` and the findings' evidence is untrusted."""

    student: str
    submission: str  # the name of the file or folder as handed in
    slug: str  # ours: safe as a file name, unique in the run
    content: str  # sha256 of what was read
    status: Status
    reason: str  # why unreadable, or what went wrong on our side
    score: Fraction
    max_score: Fraction
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    printed: str = ""
    printed_dropped: int = 0  # bytes printed beyond what was kept
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    sandbox: str = ""
    graded_at: str = ""  # ISO 8601, UTC
    remarks: tuple[str, ...] = ()  # for the instructor alone: what to look at, never a verdict
    likeness: str = ""  # the same for code that is alike but for names, comments and layout


@dataclass(frozen=True)
class PartOutline:
    """One part of the assignment for people: points by tensor, as the handout prints them."""

    name: str
    title: str
    points: Fraction
    tensors: tuple[tuple[str, Fraction], ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunInfo:
    """The run as a whole; `run.json` is this."""

    assignment: str
    title: str
    assignment_hash: str
    assay_version: str
    numpy_version: str
    python_version: str
    seed_commitment: str  # sha256 of the run's seed
    sandbox: str
    host: str
    started: str
    ended: str
    max_score: Fraction
    parts: tuple[PartOutline, ...]
    tells: str = NAME  # how much a student is told of a mistake
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    fingerprint: str = ""  # of the plan; what is graded by it stands under it in results.sqlite
    question_s: float = 0.0  # the limits it was graded under: wall time a question,
    memory_bytes: int = 0  # and memory a sandbox


def handed_in_by(record: Record, student: str, submission: str, slug: str) -> Record:
    """The same result for somebody who handed in the same: one content has one result and one figure."""
    return dataclasses.replace(record, student=student, submission=submission, slug=slug)


def to_plain(value: Any) -> Any:
    """A dataclass (or anything inside one) as JSON-ready lists, dicts, numbers and text."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else str(value)  # strict JSON has neither "nan" nor "inf"
    if kind is tuple or kind is list:
        return [to_plain(item) for item in value]
    if dataclasses.is_dataclass(kind):
        return {name: to_plain(getattr(value, name)) for name in _field_names(kind)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    return str(value) if kind is Fraction else value


def from_plain(kind: Callable[..., T], data: Mapping[str, Any]) -> T:
    """The inverse of `to_plain` for a dataclass: fields are rebuilt by their type hints."""
    rebuild = _rebuilders(kind)
    return kind(**{name: rebuild[name](item) for name, item in data.items() if name in rebuild})


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _rebuilders(kind: Any) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {name: _rebuilder(hints[name]) for name in _field_names(kind)}


def _rebuilder(hint: Any) -> Callable[[Any], Any]:
    """A function from plain data back to the type that a hint names."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in _UNIONS:
        some = _rebuilder(next(h for h in inner if h is not type(None)))
        return lambda item: None if item is None else some(item)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        each = _rebuilder(inner[0])
        return lambda items: tuple(each(item) for item in items)
    if origin is tuple:
        one_by_one = [_rebuilder(h) for h in inner]
        return lambda items: tuple(f(item) for f, item in zip(one_by_one, items))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda item: from_plain(hint, item)
    if isinstance(hint, type) and issubclass(hint, (Enum, Fraction, float)):
        return hint
    return lambda item: item
