"""What a receipt is made of: the case that shows a finding, what is right for it, and what is to be known."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.errors import AssayError
from assay.lost import Lost
from grader import wire
from reports.receipt import Receipt
from reports.text import points
from suites.assignment import Assignment, Op, Part
from suites.carry import OWN_GRADIENT, RIGHT_FOR_OWN
from suites.corners import sides
from suites.depth import at_depth
from suites.statistics import NEVER, NO_FORWARD
from suites.tolerance import SINGLE, Band, allowed, compare
from suites.types import Array, Case, Evidence, Finding, Value, Verdict

if TYPE_CHECKING:
    from grader.planned import Plan

SHOWN = {Verdict.FAIL, Verdict.ERROR, Verdict.MISSING, Verdict.TIMEOUT, Verdict.PASS}


def refuse_unshown(finding: Finding) -> None:
    """AssayError, with the reason, where no script could show what was found."""
    if finding.verdict is Verdict.SKIPPED:
        raise AssayError(f"there is no receipt for what was skipped ({finding.cause}); name what it needs")
    if finding.verdict not in SHOWN:
        raise AssayError(
            f"there is no receipt for {finding.verdict} ({finding.cause}): it is about a process and its "
            "limits, which a script on another machine does not have"
        )
    if finding.measurement is not None:
        raise AssayError("there is no receipt for what is measured: no single call shows it")
    if finding.cause in (NEVER, NO_FORWARD):
        raise AssayError(
            f"there is no receipt for {finding.cause!r}: many calls show it together, and no single one"
        )
    if finding.verdict is Verdict.PASS and finding.diagnosis is None:
        raise AssayError(
            f"there is no receipt where nothing is off: {finding.tensor} is {finding.cause or 'right'}; "
            "name one of those"
        )


def receipt_of(plan: "Plan", assignment: Assignment, lost: Lost, tells: str) -> Receipt:
    """The receipt of a finding, without its own name and whose it is. AssayError where there is none."""
    finding = lost.finding
    op = _op(assignment, finding)
    case = _case(plan.cases[op.forward], finding)
    _refuse_chance(case, finding)
    limit = allowed(case.expected[finding.tensor], _amplification(case, finding.tensor))
    low, high = sides(op, case, finding.tensor)
    alone = _is_between(finding.evidence, low, high, limit)
    if alone:
        low = high = case.expected[finding.tensor]
    return Receipt(
        title=plan.title,
        part=lost.title,
        number=lost.number,
        submit=plan.submit,
        finding=at_depth(finding, tells),
        case=_crossed(case),
        low=low,
        high=high,
        allowed=limit,
        limit_s=plan.limits.question_s if finding.verdict is Verdict.TIMEOUT else None,
        notes=(*_notes(op, case, finding), *_of_a_corner(low, high, alone)),
    )


def _op(assignment: Assignment, finding: Finding) -> Op:
    part = next((p for p in assignment.parts if p.name == finding.part), None)
    if not isinstance(part, Part):
        raise AssayError(
            f"there is no receipt for {finding.part}: what is trained, or tried on many functions, "
            "is no single call"
        )
    return part.op


def _refuse_chance(case: Case, finding: Finding) -> None:
    """Where nothing is random each call is right or wrong by itself, unless the forward decides for it."""
    by_forward = finding.cause in (RIGHT_FOR_OWN, OWN_GRADIENT)
    if case.chance is not None and (by_forward or not case.chance.law.certain):
        raise AssayError(
            f"there is no receipt for {finding.tensor} here: {case.signature.forward} is random, and many "
            "calls of it are judged together, by statistics"
        )


def _is_between(evidence: Evidence, low: Array, high: Array, limit: Array) -> bool:
    """Whether what came is right for a corner: judging excuses it unless the tensor is off elsewhere, too."""
    index, got = evidence.index, evidence.got
    if index is None or got is None or np.shape(low[index]):
        return False
    return bool(low[index] < high[index] and low[index] - limit[index] <= got <= high[index] + limit[index])


def _of_a_corner(low: Array, high: Array, alone: bool) -> Iterator[str]:
    if alone:
        yield (
            "The function has a corner at this input, and another value than this one would be right there. "
            "That is excused where nothing else is off and no known mistake explains it; here it was not."
        )
    elif not np.array_equal(low, high, equal_nan=True):
        yield "The function has a corner at this input: whatever lies between both slopes is right there."


def _case(cases: Sequence[Case], finding: Finding) -> Case:
    """The case that was shown; where a convention costs, nothing failed: the one that shows it best."""
    shown = next((case for case in cases if case.id == finding.evidence.case), None)
    if shown is not None:
        return shown
    id = finding.diagnosis.id if finding.diagnosis else ""
    tier = [(_telling(case, finding.tensor, id), case) for case in cases if case.tier == finding.tier]
    telling = [(how, case) for how, case in tier if how is not None]
    if not telling:
        raise AssayError(f"there is no receipt for {finding.tensor}: no single call of this tier shows it")
    return max(telling, key=lambda pair: pair[0])[1]


def _telling(case: Case, tensor: str, variant: str) -> tuple[bool, float] | None:
    """How well a case shows a convention: None where it does not, public before hidden, the worst first."""
    value = case.variants.get(variant, {}).get(tensor)
    if value is None:
        return None
    looked = compare(value, case.expected[tensor], case.amplification[tensor], SINGLE)
    return None if looked.band is Band.ROUNDING else (case.public, looked.excess)


def _amplification(case: Case, tensor: str) -> float:
    """What rounding costs in it; where nothing is random in a random function, its values alone decide."""
    if case.chance is None:
        return case.amplification[tensor]
    return float(np.max(np.abs(case.expected[tensor]), initial=0.0))


def _crossed(case: Case) -> Case:
    """The case with its arguments as they reach a student's function: types and order in memory."""
    inputs = {name: _there(value) for name, value in case.inputs.items()}
    upstream = None if case.upstream is None else np.asarray(_there(case.upstream))
    return replace(case, inputs=inputs, upstream=upstream)


def _there(value: Value) -> Value:
    crossed: Value = wire.decode(wire.encode(value, wire.REQUEST), wire.REQUEST)
    return crossed


def _notes(op: Op, case: Case, finding: Finding) -> list[str]:
    """What is to be known of it, a paragraph each."""
    notes = []
    if finding.verdict is Verdict.PASS:
        notes.append(
            "It follows another convention than the handout asks for, which costs a part of the points."
        )
    if finding.tensor in op.signature.gradients:
        notes.append(
            f"What is right is the gradient by the formula, of the right {op.forward}. Your {op.backward} is "
            f"given what your own {op.forward} leaves for it, as it was when it was graded."
        )
    if finding.cause == RIGHT_FOR_OWN and finding.credit:
        notes.append(
            f"You keep {points(finding.score)} of {points(finding.points)}: it is right for your own "
            f"{op.forward}, which is off. Mend that first."
        )
    if not case.strict:
        notes.append(
            "On this kind of input a deviation of up to 1e-4 is forgiven where no known mistake explains it "
            "and nothing else is off. This script does not forgive it."
        )
    if finding.verdict is Verdict.TIMEOUT:
        notes.append(
            "A call of it took longer than is allowed. How long it takes on your machine may differ."
        )
    return notes
