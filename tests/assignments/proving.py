"""An assignment held to its promise: what its solutions, its variants and stubs get.

A test file names its assignment, `PROOF = Proof("losses")`, and asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import assignments
from grader.judge import judge_answers
from grader.loopback import loopback
from grader.plan import Plan, make_plan
from suites.assignment import Regime, Variant
from suites.handout import refresh
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.types import Answer, Call, Failure, Finding, Ref, Reply, Verdict

SEEDS = (b"one", b"two")


class InProcess:
    """A student whose functions are called right here."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.kept: dict[str, Any] = {}

    def ask(self, *calls: Call) -> list[Answer]:
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Answer:
        args = [self.kept[a.name] if isinstance(a, Ref) else a for a in call.args]
        try:
            with np.errstate(all="ignore"):
                returned = self.functions[str(call.do)](*args)
        except ValueError as error:
            return Failure(Verdict.ERROR, str(error))
        parts = [returned] if len(call.results) == 1 else list(returned)
        for ref, part in zip(call.results, parts, strict=True):
            if ref is not None:
                self.kept[ref.name] = part
        values = tuple(part for ref, part in zip(call.results, parts, strict=True) if ref is None)
        return Reply(values, tuple(call.args[i] for i in call.echo))


class Proof:
    """One bundled assignment with its plans, and what may be asked of it."""

    def __init__(self, name: str) -> None:
        self.folder: Path = assignments.find(name)
        self.assignment = assignments.load(self.folder)
        self.variants: tuple[Variant, ...] = self.assignment.all_variants
        self.solutions: list[Path] = sorted((self.folder / "solutions").glob("*.py"))

    @cached_property
    def plans(self) -> dict[bytes, Plan]:
        return {seed: make_plan(self.folder, seed) for seed in SEEDS}

    @cached_property
    def in_float32(self) -> dict[bytes, Plan]:
        """The same plans with every float array of the inputs in single precision."""
        plans = {}
        for seed, plan in self.plans.items():
            stream = streams(seed)
            ops = [replace(op, regimes=tuple(map(in_single, op.regimes))) for op in self.assignment.ops]
            cases = {op.forward: seal(op, self.variants, stream) for op in ops}
            plans[seed] = replace(plan, cases=cases)
        return plans

    @cached_property
    def oracles(self) -> dict[str, Callable[..., Any]]:
        ops = self.assignment.ops
        found = {op.forward: op.oracle for op in ops}
        return found | {op.backward: op.gradient for op in ops if op.backward and op.gradient}

    def graded(self, text: str, seed: bytes = SEEDS[0]) -> list[Finding]:
        """The findings of a submission."""
        plan, name = self.plans[seed], self.assignment.submit
        with loopback({name: text}, name, plan.limits) as student:
            return judged(plan, student)

    def graded_variant(self, v: Variant, plan: Plan) -> list[Finding]:
        """The findings of the oracles with one of them replaced, in the operations that this concerns.

        Where the variant keeps no cache, the right one is kept.
        """

        def wrong(*args: Any) -> Any:
            returned = v.wrong(*args)
            if isinstance(returned, tuple) and returned[-1] is None:
                return (*returned[:-1], v.of(*args)[-1])
            return returned

        names = {op.forward for op in self.assignment.ops if v.of in (op.oracle, op.gradient)}
        parts = tuple(replace(part, needs=()) for part in plan.parts if part.op in names)
        mine = replace(plan, parts=parts, cases={name: plan.cases[name] for name in names})
        functions = {name: wrong if f is v.of else f for name, f in self.oracles.items()}
        return judged(mine, InProcess(functions))

    def handout(self) -> tuple[str, str]:
        """The handout as it is and as it should be."""
        text = (self.folder / "handout.md").read_text(encoding="utf-8")
        return text, refresh(text, self.assignment)

    def starter(self) -> str:
        return (self.folder / "starter" / self.assignment.submit).read_text(encoding="utf-8")

    def kinds_without_public_sibling(self) -> set[str]:
        return {r.name for op in self.assignment.ops for r in op.regimes if not r.public and not r.like}


def in_single(regime: Regime) -> Regime:
    """The kind of input with its float arrays in single precision, their layout kept."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {
            name: value.astype(np.float32)
            if isinstance(value, np.ndarray) and value.dtype.kind == "f"
            else value
            for name, value in regime(rng).items()
        }

    return replace(regime, draw=draw)


def judged(plan: Plan, student: Any) -> list[Finding]:
    return judge_answers(plan, ask_cases(student, plan.all_cases), student)


def score(findings: list[Finding]) -> Fraction:
    return sum((f.score for f in findings), Fraction(0))


def lost(findings: list[Finding]) -> Fraction:
    return sum((f.points for f in findings), Fraction(0)) - score(findings)


def named(findings: list[Finding]) -> dict[tuple[str, str], str]:
    """Part and tensor to the id of the diagnosis; empty where there is a diagnosis without a name."""
    return {(f.part, f.tensor): f.diagnosis.id for f in findings if f.diagnosis}
