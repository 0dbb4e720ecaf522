"""The plans that a proof asks under, and how its students are asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import assignments
import reference
from assay.proving.task import Task
from grader.intake.submission import Submission
from grader.judge import judge_answers
from grader.loopback import LoopbackLauncher
from grader.plan import make_plan
from grader.planned import Plan, PlannedPart
from grader.sandbox import preload
from grader.sitting import SandboxSitting
from suites.assignment import Op
from suites.consistency import refuse_untruths
from suites.proof import PRECISIONS, narrow
from suites.proof_oracle import Sources
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.types import Finding, Student


def secret(seed: int) -> bytes:
    """What an assignment is sealed with under one of the seeds of a proof."""
    return b"assay validate" + seed.to_bytes(8, "little")


@lru_cache(maxsize=64)
def plan_for(folder: Path, seed: int, precision: str = "float64") -> Plan:
    """The plan of one seed; for float32 every case's arrays are cast before anything is expected of them."""
    if precision == "float64":
        plan = make_plan(folder, secret(seed))
        refuse_untruths(assignments.load(folder), plan.cases)
        return plan
    plan = plan_for(folder, seed)
    assignment = assignments.load(folder)
    variants, stream = assignment.all_variants, streams(secret(seed))
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
    _import(plan.packages)
    submission = Submission("", main, main, files, main, "")
    sitting = SandboxSitting(LoopbackLauncher(), submission, plan.limits)
    with sitting.usual() as student:
        return judge_answers(plan, ask_cases(student, plan.all_cases), student, sitting if specials else None)


@cache
def _import(packages: tuple[str, ...]) -> None:
    """Import what a sandbox has imported beforehand: the time that it takes is no submission's."""
    preload.packages(packages, (), everything=False)


def runs(task: Task) -> Iterator[tuple[str, Plan]]:
    """Precision and plan, under every seed of a task."""
    for precision in PRECISIONS:
        for seed in range(task.seeds):
            yield precision, plan_for(task.folder, seed, precision)
