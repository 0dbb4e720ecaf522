"""A sealed assignment: everything that judging needs, as numbers and names.

A plan is made once a run by the trusted side (`grader.plan`) and shared by all submissions. It never crosses
into a sandbox: only the inputs of its cases do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Union

from grader.record import PartOutline
from grader.sandbox.types import Limits
from grader.student.replies import prepared
from suites.assignment import Check
from suites.judging import Grounds
from suites.parts import SealedPart
from suites.questions import questions_of
from suites.types import Call, Case


@dataclass(frozen=True)
class PlannedPart:
    """One part: which operation it is about (by the name of its forward function) and its checks."""

    name: str
    op: str
    checks: tuple[Check, ...]
    needs: tuple[str, ...]


AnyPart = Union[PlannedPart, SealedPart]


@dataclass(frozen=True)
class Plan:
    """A sealed assignment. Results under another fingerprint are graded again."""

    assignment: str
    title: str
    submit: str
    tells: str  # how much a student is told of a mistake: suites/depth.py
    packages: tuple[str, ...]
    limits: Limits
    parts: tuple[AnyPart, ...]
    cases: Mapping[str, tuple[Case, ...]]  # by operation
    grounds: Grounds
    outlines: tuple[PartOutline, ...]
    max_score: Fraction
    assignment_hash: str
    commitment: str  # sha256 of the seed
    fingerprint: str

    @cached_property
    def all_cases(self) -> tuple[Case, ...]:
        """The cases of all operations, in an order that depends on the seed alone."""
        cases = [case for op in self.cases.values() for case in op]
        order = sorted(cases, key=lambda case: hashlib.sha256((self.commitment + case.id).encode()).digest())
        return tuple(order)

    @cached_property
    def questions(self) -> tuple[tuple[Call, ...], ...]:
        """The calls of each of `all_cases`, ready to be asked of a whole class."""
        return tuple(tuple(map(prepared, questions_of(case))) for case in self.all_cases)

    def within(self, limits: Limits) -> Plan:
        """The same plan under other limits."""
        return replace(self, limits=limits)
