"""What a receipt is made of: the case that shows a finding, what is right for it, and what is to be known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.errors import AssayError
from assay.lost import Lost
from grader import wire
from reports.receipt import Receipt
from reports.text import points
from suites.assignment import Assignment, Op, Part
from suites.carry import RIGHT_FOR_OWN
from suites.corners import sides
from suites.depth import at_depth
from suites.statistics import NEVER, NO_FORWARD
from suites.tolerance import SINGLE, Band, allowed, compare
from suites.types import Array, Case, Finding, Value, Verdict

if TYPE_CHECKING:
    from grader.plan import Plan

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
    part = next((p for p in assignment.parts if p.name == finding.part), None)
    if not isinstance(part, Part):
        raise AssayError(
            f"there is no receipt for {finding.part}: what is trained, or tried on many functions, "
            "is no single call"
        )
    case = _case(plan.cases[part.op.forward], finding)
    if case.chance is not None and not case.chance.law.certain:
        raise AssayError(
            f"there is no receipt for {finding.tensor} on this kind of input: it is random, and many calls "
            "are judged together, by statistics"
        )
    low, high = sides(part.op, case, finding.tensor)
    return Receipt(
        title=plan.title,
        part=lost.title,
        number=lost.number,
        submit=plan.submit,
        finding=at_depth(finding, tells),
        case=_crossed(case),
        low=low,
        high=high,
        allowed=allowed(case.expected[finding.tensor], _amplification(case, finding.tensor)),
        limit_s=plan.limits.question_s if finding.verdict is Verdict.TIMEOUT else None,
        notes=tuple(_notes(part.op, case, finding, not np.array_equal(low, high, equal_nan=True))),
    )


def _case(cases: Sequence[Case], finding: Finding) -> Case:
    """The case that was shown; where a convention costs, nothing failed: the one that shows it best."""
    shown = next((case for case in cases if case.id == finding.evidence.case), None)
    if shown is not None:
        return shown
    id = finding.diagnosis.id if finding.diagnosis else ""
    tier = [
        case for case in cases if case.tier == finding.tier and finding.tensor in case.variants.get(id, {})
    ]
    telling = {case.id: _excess(case, finding.tensor, case.variants[id][finding.tensor]) for case in tier}
    best = max(tier, key=lambda case: (telling[case.id] > 0, case.public, telling[case.id]), default=None)
    if best is None or not telling[best.id]:
        raise AssayError(f"there is no receipt for {finding.tensor}: no single call of this tier shows it")
    return best


def _excess(case: Case, tensor: str, value: Array) -> float:
    looked = compare(value, case.expected[tensor], case.amplification[tensor], SINGLE)
    return 0.0 if looked.band is Band.ROUNDING else looked.excess


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


def _notes(op: Op, case: Case, finding: Finding, corner: bool) -> list[str]:
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
    if corner:
        notes.append(
            "The function has a corner at this input: whatever lies between both slopes is right there."
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
