"""An assignment held to its promise, with the students that `assay validate` has.

A test file names its assignment, `PROOF = proof("losses")`, and asks.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

import assignments
from assay.proving.plans import about, handed_in
from assay.proving.plans import graded as judged
from grader.plan import make_plan
from grader.planned import Plan
from suites.assignment import Variant
from suites.direct import with_variant
from suites.proof import narrow
from suites.seal import seal, streams
from suites.tolerance import DOUBLE, SINGLE, Band, compare
from suites.types import Finding

SEEDS = (b"one", b"two")


class Proof:
    """One bundled assignment with its plans, and what may be asked of it."""

    def __init__(self, name: str) -> None:
        self.folder: Path = assignments.find(name)
        self.assignment = assignments.load(self.folder)
        self.variants: tuple[Variant, ...] = self.assignment.all_variants
        self.solutions: list[Path] = sorted((self.folder / "solutions").glob("*.py"))

    @cache  # noqa: B019 - a proof lives as long as its tests
    def plan(self, seed: bytes = SEEDS[0], *, single: bool = False) -> Plan:
        """The plan of a seed; `single`: with every float array of the inputs in float32."""
        plan = make_plan(self.folder, seed)
        if not single:
            return plan
        ops, stream = self.assignment.ops, streams(seed)
        return replace(plan, cases={op.forward: seal(narrow(op), self.variants, stream) for op in ops})

    def solution(self, name: str) -> str:
        return (self.folder / "solutions" / f"{name}.py").read_text(encoding="utf-8")

    def starter(self) -> str:
        return (self.folder / "starter" / self.assignment.submit).read_text(encoding="utf-8")

    def graded(self, text: str, seed: bytes = SEEDS[0]) -> list[Finding]:
        """The findings of a submission, through the wire."""
        plan = self.plan(seed)
        return handed_in(plan, {plan.submit: text}, plan.submit)

    def graded_variant(self, v: Variant, plan: Plan) -> list[Finding]:
        """The findings of the oracles with one of them replaced, in the operations that this concerns."""
        ops = [op for op in self.assignment.ops if v.of in (op.oracle, op.gradient)]
        return judged(about(plan, ops), with_variant(ops, v))

    def shown(self, seed: bytes) -> Iterator[tuple[str, Variant, bool]]:
        """(operation, variant, whether it shows in its ordinary tier), in either precision alike."""
        for op in self.assignment.ops:
            ordinary = [case for case in self.plan(seed).cases[op.forward] if case.tier == "ordinary"]
            seen = {
                unit: {
                    id
                    for case in ordinary
                    for id, values in case.variants.items()
                    for name, a in values.items()
                    if compare(a, case.expected[name], case.amplification[name], unit).band
                    is not Band.ROUNDING
                }
                for unit in (DOUBLE, SINGLE)
            }
            for v in self.variants:
                if v.of in (op.oracle, op.gradient):
                    in_double, in_single = v.id in seen[DOUBLE], v.id in seen[SINGLE]
                    assert in_double == in_single, f"{v.id} shows in one precision only"
                    yield op.forward, v, in_double

    def alike(self, seed: bytes) -> Iterator[tuple[str, str]]:
        """Variants that touch the same tensors and that no case tells apart by more than float32 hides."""
        for cases in self.plan(seed).cases.values():
            ids = sorted({id for case in cases for id in case.variants})
            for a, b in itertools.combinations(ids, 2):
                both = [(c.variants[a], c.variants[b]) for c in cases if {a, b} <= c.variants.keys()]
                if all(x.keys() == y.keys() and not any(_differ(x[t], y[t]) for t in x) for x, y in both):
                    yield a, b


def _differ(x: np.ndarray, y: np.ndarray) -> bool:
    return x.shape != y.shape or not np.allclose(x, y, rtol=1e-4, atol=1e-6, equal_nan=True)


@cache
def proof(name: str) -> Proof:
    """The one proof of a bundled assignment that all tests share: a plan costs up to a second."""
    return Proof(name)


def score(findings: list[Finding]) -> Fraction:
    return sum((f.score for f in findings), Fraction(0))


def lost(findings: list[Finding]) -> Fraction:
    return sum((f.points for f in findings), Fraction(0)) - score(findings)


def named(findings: list[Finding]) -> dict[tuple[str, str], str]:
    """Part and tensor to the id of the diagnosis; empty where there is a diagnosis without a name."""
    return {(f.part, f.tensor): f.diagnosis.id for f in findings if f.diagnosis}
