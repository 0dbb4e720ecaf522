"""Students who make one mistake: named ones, and mutants of an oracle."""

from collections.abc import Sequence
from fractions import Fraction

import assignments
from assay.proving.plans import about, graded, plan_for, runs, sources
from assay.proving.students import off_of
from assay.proving.task import Outcome, Task, once
from grader.judge import judge_answers
from grader.planned import Plan
from suites.assignment import Assignment, Op, Variant
from suites.direct import Direct, oracles, with_variant
from suites.judging import CONVENTION_COST
from suites.proof import is_random, same_bits
from suites.proof_oracle import copies, home, students_functions
from suites.questions import ask_cases
from suites.types import Finding, Student, Verdict

RAISED = (Verdict.ERROR, Verdict.SKIPPED)  # what a student reads who makes a mistake that raises
EXTRA_SEEDS = 2  # on which a mutant that nothing tells from the oracle is compared with it bit for bit


def variant(task: Task) -> Outcome:
    """A student who makes one named mistake: named so and nothing else, and charged as declared."""
    assignment = assignments.load(task.folder)
    v = assignment.all_variants[task.index]
    ops = [op for op in assignment.ops if v.of in (op.oracle, op.gradient)]
    short: list[str] = []
    for precision, plan in runs(task):
        told = _judged(about(plan, ops), assignment, v, ops, precision)
        short += [f"{v.id}, {precision}: {sentence}" for sentence in told]
    return Outcome(once(short))


def _judged(plan: Plan, assignment: Assignment, v: Variant, ops: Sequence[Op], precision: str) -> list[str]:
    student = with_variant(ops, v)
    findings = [f for f in graded(plan, student) if f.points]
    bad = off_of(plan, student, findings, precision)
    ordinary = {(part, tensor) for part, tensor, tier in bad if tier == "ordinary"}
    touched = [f for f in findings if (f.part, f.tensor, f.tier) in bad]
    if not touched:
        return ["it changes nothing on any input: a regime is missing, or it is the oracle itself"]
    said = []
    ids = {f.diagnosis.id for f in findings if f.diagnosis}
    if v.id not in ids:
        said.append("it is named nowhere")
    if others := sorted(ids - {v.id, ""}):
        said.append(f"also named {', '.join(others)}")
    for f in findings:
        nameless = f.diagnosis is None or not f.diagnosis.id
        if f.score < f.points and nameless and f.verdict not in RAISED:
            said.append(f"{f.part}/{f.tensor}/{f.tier} is not named, but lost: {_why_nameless(f)}")
    if v.kind == "wrong":
        said += [
            f"{f.part}/{f.tensor}/{f.tier} keeps {f.credit} of its points"
            for f in touched
            if overpaid(f, v, assignment) and not (f.tier == "unusual" and (f.part, f.tensor) in ordinary)
        ]
    else:
        said += mischarged(findings, assignment.conventions.get(v.id, "accepted"))
    return said


def _why_nameless(f: Finding) -> str:
    """What is said in the place of a name: of variants that return the same, what all of them say."""
    if f.diagnosis is None:
        return f.cause
    if f.diagnosis.says:
        return f"no input tells it from another variant; leave one out, or add a regime. {f.diagnosis.says}"
    return f.diagnosis.symptom or f.cause


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
