"""What a run leaves behind, as plain data: one Record a submission, one RunInfo a run, and their JSON.

The reports read nothing else. Points are exact fractions, written as "3/2".
"""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from suites.types import Finding

T = TypeVar("T")


class Status(StrEnum):
    """What became of a submission."""

    GRADED = "graded"
    PARTIAL = "partial"  # some checks could not run
    PENDING = "pending"  # a part that people grade is not graded yet
    UNREADABLE = "unreadable"
    INFRASTRUCTURE = "infrastructure-error"


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
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)


def to_plain(value: Any) -> Any:
    """A dataclass (or anything inside one) as JSON-ready lists, dicts, numbers and text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # "nan" and "inf": strict JSON has neither
    return value


def from_plain(kind: type[T], data: Mapping[str, Any]) -> T:
    """The inverse of `to_plain` for a dataclass: fields are rebuilt by their type hints."""
    hints = get_type_hints(kind)
    fields = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _rebuild(hints[name], item) for name, item in data.items() if name in fields})


def _rebuild(hint: Any, item: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if item is None:
            return None
        return _rebuild(next(h for h in inner if h is not type(None)), item)
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_rebuild(inner[0], x) for x in item)
        return tuple(_rebuild(h, x) for h, x in zip(inner, item, strict=True))
    if isinstance(hint, type):
        if dataclasses.is_dataclass(hint):
            return from_plain(hint, item)
        if issubclass(hint, (Enum, Fraction, float)):
            return hint(item)
    return item
