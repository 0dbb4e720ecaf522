"""Seals an assignment for a run, and packs what is sealed for the processes that judge by it."""

import copyreg
import hashlib
import pickle
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import assignments
from grader.planned import AnyPart, Plan, PlannedPart
from grader.record import PartOutline
from grader.sandbox.types import Limits
from suites.assignment import Assignment, Op, Part
from suites.judging import Grounds
from suites.parts import SpecialPart
from suites.seal import Stream, seal, streams
from suites.types import Case


def _packed(plan: Plan) -> tuple[Any, ...]:
    """For another process, which first loads the assignment where a special part is of its own making."""
    mine = {field.name: getattr(plan, field.name) for field in fields(plan)}
    return _unpacked, (assignments.homes(map(type, plan.parts)), pickle.dumps(mine))


def _unpacked(folders: Collection[Path], pickled: bytes) -> Plan:
    for folder in folders:
        assignments.load(folder)
    return Plan(**pickle.loads(pickled))


copyreg.pickle(Plan, _packed)


def make_plan(
    folder: Path, seed: bytes, *, only: Collection[str] | None = None, public: bool = False
) -> Plan:
    """Seal the assignment in a folder with a secret seed. Raises AuthoringError where it cannot be.

    `only` some parts, or the `public` kinds of input, are sealed where no more is asked: a case is the same
    whatever is sealed beside it.
    """
    whole = assignments.load(folder)
    names = {name for op in whole.ops for name in op.args}
    assignment = with_parts(whole, only)
    content = assignments.content_hash(folder)
    commitment = hashlib.sha256(seed).hexdigest()
    stream = streams(seed)
    variants = assignment.all_variants
    ops = [_public(op) if public else op for op in assignment.ops]
    cases = {op.forward: seal(op, variants, stream, names) for op in ops}
    planned = tuple(_planned(part, stream, public) for part in assignment.parts)
    parts = outlines(assignment)
    return Plan(
        assignment=folder.name,
        title=assignment.title,
        submit=assignment.submit,
        tells=assignment.tells,
        packages=assignment.packages,
        limits=Limits(question_s=assignment.seconds, memory_bytes=assignment.memory),
        parts=planned,
        cases=cases,
        grounds=Grounds({v.id: v.words for v in variants}, assignment.conventions, assignment.carry),
        outlines=parts,
        max_score=sum((part.points for part in parts), Fraction(0)),
        assignment_hash=content,
        commitment=commitment,
        fingerprint=_fingerprint(content, commitment, cases, planned),
    )


def _planned(part: Part | SpecialPart, stream: Stream, public: bool) -> AnyPart:
    if isinstance(part, Part):
        return PlannedPart(part.name, part.op.forward, part.checks, part.needs)
    return (part.public() if public else part).seal(stream)


def with_parts(assignment: Assignment, only: Collection[str] | None) -> Assignment:
    """The assignment with these parts alone; all of it for None."""
    if only is None:
        return assignment
    return replace(assignment, parts=tuple(part for part in assignment.parts if part.name in only))


def _public(op: Op) -> Op:
    return replace(op, regimes=tuple(regime for regime in op.regimes if regime.public))


def _fingerprint(
    content: str,
    commitment: str,
    cases: Mapping[str, tuple[Case, ...]],
    parts: tuple[AnyPart, ...],
) -> str:
    """Over the assignment, the seed, the version, and what the oracles really said."""
    digest = hashlib.sha256("/".join((content, commitment, version("assay"))).encode())
    for case in (case for op in cases.values() for case in op):
        if case.chance is not None:
            digest.update(f"{case.id} {case.chance.law} {case.chance.seeds}".encode())
        for name, value in sorted(case.expected.items()):
            digest.update(f"{case.id}/{name}/{value.shape}".encode() + value.tobytes())
    for part in parts:
        if not isinstance(part, PlannedPart):
            digest.update(f"{part.name}/{part.key}".encode())
    return digest.hexdigest()


def outlines(assignment: Assignment) -> tuple[PartOutline, ...]:
    """The parts as the handout prints them: points by tensor."""
    return tuple(_outline(part) for part in assignment.parts)


def _outline(part: Part | SpecialPart) -> PartOutline:
    total = sum((points for _, points in part.points), Fraction(0))
    return PartOutline(part.name, part.title or part.name, total, part.points, part.needs)
