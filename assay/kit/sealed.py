"""A sealed public plan as bytes and back: numbers, names and sentences. Reading it runs nothing.

What holds it together are our own frozen dataclasses. Each is written as a dict with its name under a key
that nothing else has, and the whole in the format of the wire, which keeps what inputs are made of: dtypes,
layouts, tuples apart from lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from grader import wire
from grader.planned import Plan, PlannedPart
from grader.record import PartOutline
from grader.sandbox.types import Limits
from suites.assignment import Agreement, Gradient, Statistics
from suites.judging import Grounds
from suites.property import Property
from suites.types import Case, Chance, Law, Misconception, Signature, Trait

_KIND = "\0kind"
_OF = "of"


@dataclass(frozen=True)
class Kit:
    """What `check.pyz` knows.

    plan     public cases alone, and no more of a mistake than a self-check tells (`untold`).
    seed     the number that the cases are drawn from.
    hidden   by operation, how many kinds of input are checked only when graded.
    ungiven  by name, the titles of parts that no kit can hold.
    version  of the Assay that built it.
    """

    plan: Plan
    seed: int
    hidden: Mapping[str, int]
    ungiven: Mapping[str, str]
    version: str

    def only(self, parts: Sequence[str]) -> Kit:
        """The kit with these parts alone; all of it where none is named."""
        if not parts:
            return self
        plan = self.plan
        planned = tuple(part for part in plan.parts if part.name in parts)
        ops = {part.op for part in planned if isinstance(part, PlannedPart)}
        some = replace(
            plan,
            parts=planned,
            cases={op: cases for op, cases in plan.cases.items() if op in ops},
            outlines=tuple(outline for outline in plan.outlines if outline.name in parts),
        )
        hidden = {op: count for op, count in self.hidden.items() if op in ops}
        ungiven = {name: title for name, title in self.ungiven.items() if name in parts}
        return replace(self, plan=some, hidden=hidden, ungiven=ungiven)


_DATA = (
    Kit,
    Plan,
    PlannedPart,
    PartOutline,
    Limits,
    Grounds,
    Misconception,
    Agreement,
    Gradient,
    Statistics,
    Property,
    Case,
    Signature,
    Chance,
    Law,
    Trait,
)
_KINDS = {kind.__name__: kind for kind in _DATA}


def to_bytes(kit: Kit) -> bytes:
    """The kit, the same bytes for the same kit. TypeError where it holds something that is no such data."""
    return wire.encode(_plain(kit), wire.REQUEST)


def from_bytes(data: bytes) -> Kit:
    """The inverse of `to_bytes`."""
    kit = _made(wire.decode(data, wire.REQUEST))
    assert isinstance(kit, Kit)
    return kit


def _plain(value: Any) -> Any:
    if isinstance(value, _DATA):
        mine = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        return _marked(type(value).__name__, mine)
    if isinstance(value, Fraction):
        return _marked("Fraction", str(value))
    if isinstance(value, frozenset):
        return _marked("frozenset", sorted(value))
    if is_dataclass(value) or callable(value):
        raise TypeError(f"a student kit holds no {type(value).__name__}")
    if isinstance(value, Mapping):
        if _KIND in value:
            raise TypeError("a student kit holds no such key")
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return value


def _marked(kind: str, of: Any) -> dict[str, Any]:
    return {_KIND: kind, _OF: _plain(of)}


def _made(value: Any) -> Any:
    if isinstance(value, dict):
        made = {name: _made(item) for name, item in value.items()}
        if _KIND not in made:
            return made
        kind, of = made[_KIND], made[_OF]
        if kind in ("Fraction", "frozenset"):
            return Fraction(of) if kind == "Fraction" else frozenset(of)
        return _KINDS[kind](**of)
    if isinstance(value, (list, tuple)):
        return type(value)(_made(item) for item in value)
    return value
