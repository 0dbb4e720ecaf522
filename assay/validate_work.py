"""One task of a proof: some student, asked the cases of some seeds, and what must come of it."""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import assignments
import reference
from assay.validate_pool import OutOfTime
from grader.intake import read_submission
from grader.intake.submission import Submission
from grader.judge import judge_answers
from grader.loopback import LoopbackLauncher
from grader.plan import Plan, PlannedPart, make_plan
from grader.sitting import SandboxSitting
from suites import handout
from suites.assignment import Assignment, Op, Variant
from suites.judging import CONVENTION_COST
from suites.proof import (
    PRECISIONS,
    Direct,
    constant,
    is_random,
    narrow,
    oracles,
    plainly_off,
    same_bits,
    stubs,
    undeclared,
    with_variant,
)
from suites.proof_oracle import Sources, copies, home, students_functions
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.subjects import Tried
from suites.types import Case, Finding, Student, Verdict

VARIED = 5  # seeds under which something must differ; few numbers may be the same by chance
INDIFFERENT = {  # what a function may do that does not look at what it is given
    "True": "return True",
    "False": "return False",
    "AssertionError": "raise AssertionError",
    "zero": "return 0 * args[-1]",
}
RAISED = (Verdict.ERROR, Verdict.SKIPPED)  # what a student reads who makes a mistake that raises
EXTRA_SEEDS = 2  # on which a mutant that nothing tells from the oracle is compared with it bit for bit


@dataclass(frozen=True)
class Task:
    """What is proved: `what` names it among its `kind`, `source` is the text of a mutated module."""

    kind: str
    what: str
    folder: Path
    seeds: int
    index: int = 0
    module: str = ""
    source: str = ""


@dataclass
class Outcome:
    """What came of it. `short` falls short; `notes` are for the reader; the rest is about mutants."""

    short: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    killed: int = 0  # under how many seeds
    same: bool = False  # bit for bit, on all that was tried
    by: str = ""  # what told it from the oracle


def work(task: Task) -> Outcome:
    """Do one task."""
    try:
        return KINDS[task.kind](task)
    except OutOfTime:
        if task.kind == "mutant":
            return Outcome(killed=task.seeds, by="it does not end")
        return Outcome(short=[f"{task.what} takes too long"])


def lost(task: Task) -> Outcome:
    """The outcome of a task that ends its process."""
    if task.kind == "mutant":
        return Outcome(killed=task.seeds, by="it ends its process")
    return Outcome(short=[f"{task.what} ends its process"])


# --------------------------------------------------------------------------- plans


@lru_cache(maxsize=64)
def plan_for(folder: Path, seed: int, precision: str = "float64") -> Plan:
    """The plan of one seed; for float32 every case's arrays are cast before anything is expected of them."""
    secret = b"assay validate" + seed.to_bytes(8, "little")
    if precision == "float64":
        return make_plan(folder, secret)
    plan = plan_for(folder, seed)
    assignment = assignments.load(folder)
    variants, stream = assignment.all_variants, streams(secret)
    cases = {op.forward: seal(narrow(op), variants, stream) for op in assignment.ops}
    return replace(plan, cases=cases)


def about(plan: Plan, ops: Sequence[Op]) -> Plan:
    """The plan of some operations alone."""
    names = {op.forward for op in ops}
    return replace(
        plan,
        parts=tuple(part for part in plan.parts if isinstance(part, PlannedPart) and part.op in names),
        cases={name: cases for name, cases in plan.cases.items() if name in names},
    )


def sources(folder: Path) -> Sources:
    """Where the code of an assignment's oracles lies."""
    return Sources((folder, Path(reference.__file__).resolve().parent))


def graded(plan: Plan, student: Student) -> list[Finding]:
    """All findings of a student."""
    return judge_answers(plan, ask_cases(student, plan.all_cases), student)


def handed_in(plan: Plan, files: Mapping[str, str], main: str, *, specials: bool = True) -> list[Finding]:
    """All findings of a trusted submission, through the wire; of special parts only if they are asked for."""
    submission = Submission("", main, main, files, main, "")
    sitting = SandboxSitting(LoopbackLauncher(), submission, plan.limits)
    with sitting.open() as student:
        return judge_answers(plan, ask_cases(student, plan.all_cases), student, sitting if specials else None)


def _runs(task: Task) -> Iterator[tuple[str, Plan]]:
    for precision in PRECISIONS:
        for seed in range(task.seeds):
            yield precision, plan_for(task.folder, seed, precision)


def _once(said: Sequence[str]) -> list[str]:
    """Each sentence once, with how often it was said."""
    counts = {sentence: said.count(sentence) for sentence in said}
    return [f"{s} ({n} times)" if n > 1 else s for s, n in counts.items()]


# --------------------------------------------------------------------------- the declaration


def declaration(task: Task) -> Outcome:
    """What can be seen without a student: words, siblings, handout, starter's functions, and chance."""
    folder, assignment = task.folder, assignments.load(task.folder)
    short = list(undeclared(assignment))
    short += constant([_cases(folder, seed) for seed in range(VARIED)], assignment.ops)
    text = folder / "handout.md"
    if not text.is_file():
        short.append("there is no handout.md; write one, with the generated tables")
    elif handout.refresh(current := text.read_text(encoding="utf-8"), assignment) != current:
        short.append(f"the tables of the handout are old: python -m assignments refresh {folder}")
    return Outcome(short)


def _cases(folder: Path, seed: int) -> list[Case]:
    return [case for cases in plan_for(folder, seed).cases.values() for case in cases]


# --------------------------------------------------------------------------- right students


def right(task: Task) -> Outcome:
    """The oracle itself, or a solution, through the wire: full marks."""
    files, main = _right_files(task)
    short: list[str] = []
    notes: list[str] = []
    for precision, plan in _runs(task):
        for f in handed_in(plan, files, main, specials=_specials(task, precision)):
            where = f"{task.what}, {precision}, {f.part}/{f.tensor}/{f.tier}"
            if f.score < f.points or f.verdict is not Verdict.PASS:
                symptom = f.diagnosis.symptom if f.diagnosis else ""
                short.append(f"{where}: {f.verdict}, {f.cause or symptom}")
            notes += [f"{where}: {note}" for note in f.notes if task.kind == "reference"]
    return Outcome(_once(short), _once(notes))


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


# --------------------------------------------------------------------------- students who know nothing


def starter(task: Task) -> Outcome:
    """What students start from has every function, with the right arguments, and earns nothing."""
    assignment = assignments.load(task.folder)
    if not (task.folder / "starter" / assignment.submit).is_file():
        return Outcome([f"there is no starter/{assignment.submit}"])
    submission = read_submission(task.folder / "starter", assignment.submit)
    short: list[str] = []
    for precision, plan in _runs(task):
        findings = handed_in(plan, submission.files, submission.main)
        short += [
            f"the starter earns {f.score} in {f.part}/{f.tensor}/{f.tier}, {precision}"
            for f in findings
            if f.score
        ]
        short += [f"{f.part} of the starter: {f.cause}" for f in findings if f.verdict is Verdict.MISSING]
    return Outcome(_once(short + _arguments(submission.files[submission.main], assignment)))


def _arguments(text: str, assignment: Assignment) -> list[str]:
    module = ModuleType("starter")
    exec(compile(text, assignment.submit, "exec"), vars(module))
    return [
        f"the starter's {op.forward} does not take ({', '.join(op.args)})"
        for op in assignment.ops
        if callable(function := vars(module).get(op.forward))
        and len(inspect.signature(function).parameters) != len(op.args)
    ]


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
    return Outcome(_once(short))


def stub(task: Task) -> Outcome:
    """A self-consistent stub earns nothing, but for what it has right by agreeing with the oracle."""
    if task.what in INDIFFERENT:
        return indifferent(task)
    student = stubs(assignments.load(task.folder))[task.what]
    short: list[str] = []
    earned: dict[str, Fraction] = {}
    for precision, plan in _runs(task):
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
    return Outcome(_once(short), [what] if earned else [])


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


# --------------------------------------------------------------------------- mistakes with a name


def variant(task: Task) -> Outcome:
    """A student who makes one named mistake: named so and nothing else, and charged as declared."""
    assignment = assignments.load(task.folder)
    v = assignment.all_variants[task.index]
    ops = [op for op in assignment.ops if v.of in (op.oracle, op.gradient)]
    short: list[str] = []
    for precision, plan in _runs(task):
        told = _judged(about(plan, ops), assignment, v, ops, precision)
        short += [f"{v.id}, {precision}: {sentence}" for sentence in told]
    return Outcome(_once(short))


def _judged(plan: Plan, assignment: Assignment, v: Variant, ops: Sequence[Op], precision: str) -> list[str]:
    student = with_variant(ops, v)
    findings = [f for f in graded(plan, student) if f.points]
    bad = off_of(plan, student, findings, precision)
    ordinary = {(part, tensor) for part, tensor, tier in bad if tier == "ordinary"}
    touched = [f for f in findings if (f.part, f.tensor, f.tier) in bad]
    if not touched:
        return ["it changes nothing on any input: a regime is missing"]
    said = []
    ids = {f.diagnosis.id for f in findings if f.diagnosis}
    if v.id not in ids:
        said.append("it is named nowhere")
    if others := sorted(ids - {v.id, ""}):
        said.append(f"also named {', '.join(others)}")
    for f in findings:
        nameless = f.diagnosis is None or not f.diagnosis.id
        if f.score < f.points and nameless and f.verdict not in RAISED:
            symptom = f.diagnosis.symptom if f.diagnosis else f.cause
            said.append(f"{f.part}/{f.tensor}/{f.tier} is not named, but lost: {symptom}")
    if v.kind == "wrong":
        said += [
            f"{f.part}/{f.tensor}/{f.tier} keeps {f.credit} of its points"
            for f in touched
            if overpaid(f, v, assignment) and not (f.tier == "unusual" and (f.part, f.tensor) in ordinary)
        ]
    else:
        said += mischarged(findings, assignment.conventions.get(v.id, "accepted"))
    return said


def overpaid(f: Finding, v: Variant, assignment: Assignment) -> bool:
    """Whether a tensor that is off earns more than the `carry` of a right gradient after a wrong forward."""
    carried = any(v.of is op.oracle and f.tensor in op.signature.gradients for op in assignment.ops)
    return f.verdict is Verdict.PASS or f.credit > (assignment.carry if carried else 0)


def mischarged(findings: Sequence[Finding], declared: str) -> list[str]:
    """What a convention costs other than declared: a tenth of one tensor if it is required, else nothing."""
    lost = sum((f.points - f.score for f in findings), Fraction(0))
    if declared != "required":
        return [f"costs {float(lost):g}, though it is accepted"] if lost else []
    tensors = {(f.part, f.tensor) for f in findings if f.score < f.points}
    whole = sum((f.points for f in findings if (f.part, f.tensor) in tensors), Fraction(0))
    if len(tensors) == 1 and lost == CONVENTION_COST * whole:
        return []
    return [f"costs {float(lost):g} in {len(tensors)} tensors, not a tenth of one"]


# --------------------------------------------------------------------------- mutants


def mutant(task: Task) -> Outcome:
    """A student who runs a mutated oracle: told from the oracle under every seed, or not."""
    mine = sources(task.folder)
    ops = [op for op in assignments.load(task.folder).ops if task.module in mine.made_of(op)]
    modules = {home(f)[0] for op in ops for f in (op.oracle, op.gradient) if f is not None}
    modules |= {module for op in ops for module in mine.made_of(op)}
    try:
        made = copies(sorted(modules), {task.module: task.source})
    except Exception as error:
        return Outcome(killed=task.seeds, by=f"{type(error).__name__} while it is imported")
    student = Direct(students_functions(ops, made))
    outcome = Outcome()
    for seed in range(task.seeds):
        by = _told(about(plan_for(task.folder, seed), ops), student)
        outcome.killed += bool(by)
        outcome.by = outcome.by or by
    if not outcome.killed:
        extra = range(task.seeds, task.seeds + EXTRA_SEEDS)
        cases = [
            case for seed in extra for op in ops for case in plan_for(task.folder, seed).cases[op.forward]
        ]
        outcome.same = same_bits(Direct(oracles(ops)), student, cases)
    return outcome


def _told(plan: Plan, student: Student) -> str:
    """By what a student is told from the oracle: lost points, or a convention or habit with a name."""
    seen = ask_cases(student, plan.all_cases)
    if all(not is_random(o.case) and o.right(tensor) for o in seen for tensor in o.values):
        return ""  # as most survivors are, and judging would say the same
    for f in judge_answers(plan, seen, student):
        if f.score < f.points:
            return f"{f.part}/{f.tensor}/{f.tier}: {f.cause}"
        if f.diagnosis is not None and f.diagnosis.id:
            return f"{f.part}/{f.tensor}/{f.tier}: {f.diagnosis.id}"
    return ""


KINDS: dict[str, Callable[[Task], Outcome]] = {
    "declaration": declaration,
    "reference": right,
    "solution": right,
    "starter": starter,
    "stub": stub,
    "variant": variant,
    "mutant": mutant,
}
