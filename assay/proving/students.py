"""Students who are right, and students who know nothing."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np

import assignments
from assay.proving.plans import graded, handed_in, plan_for, runs, secret
from assay.proving.starter import asked_of, lacking
from assay.proving.task import Outcome, Task, once
from grader.intake import read_submission
from grader.planned import Plan, PlannedPart
from suites import handout
from suites.assignment import Assignment, AuthoringError
from suites.direct import Direct, oracles
from suites.numerical import check_gradients
from suites.proof import (
    PRECISIONS,
    constant,
    irreproducible,
    is_random,
    other_precision,
    plainly_off,
    undeclared,
)
from suites.seal import seal, streams
from suites.stubs import stubs
from suites.subjects import Tried
from suites.types import Case, Finding, Student, Verdict

VARIED = 5  # seeds under which something must differ; few numbers may be the same by chance
INDIFFERENT = {  # what a function may do that does not look at what it is given
    "True": "return True",
    "False": "return False",
    "AssertionError": "raise AssertionError",
    "zero": "return 0 * args[-1]",
}


def declaration(task: Task) -> Outcome:
    """What can be seen without a student: words, siblings, handout, starter's functions, and chance."""
    folder, assignment = task.folder, assignments.load(task.folder)
    short = list(undeclared(assignment))
    again = [case for op in assignment.ops for case in seal(op, (), streams(secret(0)))]
    short += once(list(irreproducible(_cases(folder, 0), again)))
    short += constant([_cases(folder, seed) for seed in range(VARIED)], assignment.ops)
    return Outcome([*short, *_of_the_handout(folder, assignment)])


def _of_the_handout(folder: Path, assignment: Assignment) -> Iterator[str]:
    file = folder / "handout.md"
    if not file.is_file():
        yield "there is no handout.md; write one, with the generated tables"
        return
    text = file.read_text(encoding="utf-8")
    try:
        fresh = handout.refresh(text, assignment)
    except AuthoringError as error:
        yield str(error)
        return
    yield from handout.lacking(text, assignment)
    if fresh != text:
        yield f"the tables of the handout are old: python -m assignments refresh {folder}"


def _cases(folder: Path, seed: int) -> list[Case]:
    return [case for cases in plan_for(folder, seed).cases.values() for case in cases]


def right(task: Task) -> Outcome:
    """The oracle itself, or a solution, through the wire: full marks."""
    files, main = _right_files(task)
    short: list[str] = []
    notes: list[str] = []
    for precision, plan in runs(task):
        findings = handed_in(plan, files, main, specials=_specials(task, precision))
        where = f"{task.what}, {precision}, "
        short += [f"{where}{sentence}" for sentence in _lost(findings)]
        if task.kind == "reference":
            notes += [f"{where}{f.part}/{f.tensor}/{f.tier}: {note}" for f in findings for note in f.notes]
    if task.kind == "reference":
        short += [*_not_their_own(task), *_other_precision(task)]
    return Outcome(once(short), once(notes))


def _lost(findings: Sequence[Finding]) -> Iterator[str]:
    """What is less than full marks, and why; what is only skipped for the sake of it is left out."""
    lost = [f for f in findings if f.score < f.points or f.verdict is not Verdict.PASS]
    for f in [f for f in lost if f.verdict is not Verdict.SKIPPED] or lost:
        symptom = f.diagnosis.symptom if f.diagnosis else ""
        yield f"{f.part}/{f.tensor}/{f.tier}: {f.verdict}, {': '.join(filter(None, (f.cause, symptom)))}"


def _not_their_own(task: Task) -> Iterator[str]:
    """Gradients of oracles that are none of their own forwards, by differences.

    Compared with itself an oracle is always right, and solutions may share its formula and its mistake.
    """
    oracle, rng = Direct(oracles(assignments.load(task.folder).ops)), np.random.default_rng(0)
    for case in (case for seed in range(task.seeds) for case in plan_for(task.folder, seed).all_cases):
        if case.upstream is None or is_random(case):
            continue
        for name, found in check_gradients(oracle, case, rng).items():
            if found.verdict is Verdict.FAIL:
                forward = case.signature.forward
                yield f"the oracle's d{name} is not the gradient of its own {forward}, on {case.regime}"


def _other_precision(task: Task) -> Iterator[str]:
    """Oracles that do not keep the precision of their arguments, in either."""
    cases = [case for precision in PRECISIONS for case in plan_for(task.folder, 0, precision).all_cases]
    return other_precision(Direct(oracles(assignments.load(task.folder).ops)), cases)


def _specials(task: Task, precision: str) -> bool:
    """Special parts know no precision of inputs, and the oracles do not answer them."""
    return precision == PRECISIONS[0] and task.kind == "solution"


def _right_files(task: Task) -> tuple[Mapping[str, str], str]:
    submit = assignments.load(task.folder).submit
    if task.kind == "solution":
        submission = read_submission(task.folder / "solutions" / task.what, submit)
        return submission.files, submission.main
    student = ModuleType("_assay_reference")  # this process's own: the loopback runs in it
    vars(student).update(oracles(assignments.load(task.folder).ops))
    sys.modules[student.__name__] = student
    return {submit: f"from {student.__name__} import *"}, submit


def starter(task: Task) -> Outcome:
    """What students start from has every function, with the right arguments, and earns nothing."""
    assignment = assignments.load(task.folder)
    if not (task.folder / "starter" / assignment.submit).is_file():
        return Outcome([f"there is no starter/{assignment.submit}"])
    submission = read_submission(task.folder / "starter", assignment.submit)
    short: list[str] = []
    for precision, plan in runs(task):
        findings = handed_in(plan, submission.files, submission.main)
        short += [
            f"the starter earns {f.score} in {f.part}/{f.tensor}/{f.tier}, {precision}"
            for f in findings
            if f.score
        ]
        special = {part.name for part in plan.parts if not isinstance(part, PlannedPart)}
        short += [
            f"{f.part} of the starter: {f.cause}"
            for f in findings
            if f.verdict is Verdict.MISSING and f.part in special
        ]
    asked = list(asked_of(assignment.ops))
    return Outcome(once([*short, *lacking(submission.files[submission.main], assignment.submit, asked)]))


def indifferent(task: Task) -> Outcome:
    """A student whose functions do the same whatever they are given earns nothing where they are tried."""
    assignment = assignments.load(task.folder)
    tried = [part.function for part in assignment.parts if isinstance(part, Tried)]
    text = "\n".join(f"def {function}(*args):\n    {INDIFFERENT[task.what]}" for function in tried)
    short: list[str] = []
    for seed in range(task.seeds):
        findings = handed_in(plan_for(task.folder, seed), {assignment.submit: text}, assignment.submit)
        earned = [f"{f.part}/{f.tensor}/{f.tier}" for f in findings if f.score]
        short += [f"who says {task.what!r} to everything earns {where}" for where in earned]
    return Outcome(once(short))


def stub(task: Task) -> Outcome:
    """A self-consistent stub earns nothing, but for what it has right by agreeing with the oracle."""
    if task.what in INDIFFERENT:
        return indifferent(task)
    student = stubs(assignments.load(task.folder))[task.what]
    short: list[str] = []
    earned: dict[str, Fraction] = {}
    for precision, plan in runs(task):
        findings = graded(plan, student)
        bad = off_of(plan, student, findings, precision)
        for f in findings:
            where = f"{f.part}/{f.tensor}/{f.tier}"
            if f.score and (f.part, f.tensor, f.tier) in bad:
                short.append(
                    f"{task.what} earns {float(f.score):g} of {where}, {precision}, and it is off there"
                )
            elif f.score:
                earned[where] = max(earned.get(where, Fraction(0)), f.score)
    what = (
        f"{task.what} earns {float(sum(earned.values())):g} by agreeing with the oracle: {', '.join(earned)}"
    )
    return Outcome(once(short), [what] if earned else [])


def off_of(
    plan: Plan, student: Student, findings: Sequence[Finding], precision: str
) -> set[tuple[str, str, str]]:
    """(part, tensor, tier) that are off. Of what is random only the judge can say so, part by part."""
    op = {part.name: part.op for part in plan.parts if isinstance(part, PlannedPart)}
    chancy = {name for name, cases in plan.cases.items() if any(map(is_random, cases))}
    said = {
        (f.part, f.tensor, f.tier)
        for f in findings
        if op[f.part] in chancy and (f.verdict is not Verdict.PASS or f.diagnosis)
    }
    plain = plainly_off(plan.all_cases, student, precision)
    return said | {(part, tensor, tier) for part in op for name, tensor, tier in plain if name == op[part]}
