"""Does the grader tell the truth? Right solutions keep every point, wrong ones lose theirs and are named.

    python -m benchmarks.truth [--assignment batchnorm] [--seeds 40] [--solutions-only]

Over many seeds, with inputs in float64 and in float32:

    solutions   every file of the assignment's solutions/ that runs here keeps all points
    variants    a student who runs the oracle with one function replaced by the variant: each tensor that
                the variant changes is named with the variant's id and nothing else is named; kind wrong loses
                the ordinary points of a tensor that is plainly off there, or the unusual ones of a tensor
                that is off there alone (a gradient that is right for a forward with a name keeps the
                fraction that the assignment carries); note and accept cost what is declared
    stubs       zeros, ones, the identity and an affine map, each with its own exact gradient: only a tensor
                that agrees with the oracle earns anything

Exit status 1 if any of this is missed.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

import assignments
from assay.proving.mistakes import mischarged, overpaid
from assay.proving.plans import about, graded, handed_in, plan_for
from assay.proving.students import off_of
from grader.planned import Plan
from suites import Assignment, Variant
from suites.direct import with_variant
from suites.proof import PRECISIONS
from suites.stubs import stubs
from suites.types import Verdict

# --------------------------------------------------------------------------- what is observed


@dataclass
class Tally:
    """What became of one variant, solution or stub over the seeds of one precision."""

    named: int = 0
    runs: int = 0
    kept: list[Fraction] = field(default_factory=list)
    only_unusual: set[str] = field(default_factory=set)
    excused: Counter[str] = field(default_factory=Counter)  # passed in the unusual tier, lost in the ordinary
    wrong: Counter[str] = field(default_factory=Counter)  # what went wrong, in words

    def points(self) -> str:
        low, high = min(self.kept), max(self.kept)
        return f"{float(low):g}" if low == high else f"{float(low):g} to {float(high):g}"


def judge_variant(plan: Plan, assignment: Assignment, variant: Variant, precision: str, tally: Tally) -> None:
    ops = [op for op in assignment.ops if variant.of in (op.oracle, op.gradient)]
    mine, student = about(plan, ops), with_variant(ops, variant)
    findings = [f for f in graded(mine, student) if f.points]
    bad = off_of(mine, student, findings, precision)
    ids = {f.diagnosis.id for f in findings if f.diagnosis}
    lost = sum((f.points - f.score for f in findings), Fraction(0))
    tally.runs += 1
    tally.kept.append(plan.max_score - lost)
    silent = [f for f in findings if f.score < f.points and not f.diagnosis]
    tally.named += ids == {variant.id} and not silent
    ordinary = {(part, tensor) for part, tensor, tier in bad if tier == "ordinary"}
    tally.only_unusual |= {f"{part} {tensor}" for part, tensor, _ in bad if (part, tensor) not in ordinary}
    touched = [f for f in findings if (f.part, f.tensor, f.tier) in bad]
    if not touched:
        tally.wrong["changes nothing"] += 1
    if variant.kind != "wrong":
        told = mischarged(findings, assignment.conventions.get(variant.id, "accepted"))
        tally.wrong.update(told)
        return
    for f in touched:
        if overpaid(f, variant, assignment):
            excused = f.tier == "unusual" and (f.part, f.tensor) in ordinary
            counter = tally.excused if excused else tally.wrong
            counter[f"{f.part}/{f.tensor}/{f.tier}: keeps {f.credit}"] += 1


# --------------------------------------------------------------------------- the run


def run_solutions(plans: Mapping[str, list[Plan]], folder: Path) -> dict[tuple[str, str], Tally]:
    tallies: dict[tuple[str, str], Tally] = {}
    for file in assignments.solutions(folder):
        source = {file.name: file.read_text(encoding="utf-8")}
        for precision, made in plans.items():
            tally = tallies.setdefault((file.stem, precision), Tally())
            for plan in made:
                findings = handed_in(plan, source, file.name, specials=precision == PRECISIONS[0])
                tally.runs += 1
                tally.kept.append(sum((f.score for f in findings), Fraction(0)))
                for f in findings:
                    if f.score < f.points or f.verdict is not Verdict.PASS:
                        why = f.cause or (f.diagnosis.symptom if f.diagnosis else "")
                        tally.wrong[f"{f.part}/{f.tensor}/{f.tier}: {f.verdict}, {why}"] += 1
    return tallies


def run_stubs(plans: Mapping[str, list[Plan]], assignment: Assignment) -> dict[tuple[str, str], Tally]:
    tallies: dict[tuple[str, str], Tally] = {}
    for name, student in stubs(assignment).items():
        for precision, made in plans.items():
            tally = tallies.setdefault((name, precision), Tally())
            for plan in made:
                findings = graded(plan, student)
                bad = off_of(plan, student, findings, precision)
                tally.runs += 1
                tally.kept.append(sum((f.score for f in findings), Fraction(0)))
                for f in findings:
                    if f.score and (f.part, f.tensor, f.tier) in bad:
                        tally.wrong[f"{f.part}/{f.tensor}/{f.tier} earns {f.score}"] += 1
    return tallies


def run_variants(plans: Mapping[str, list[Plan]], assignment: Assignment) -> dict[tuple[str, str], Tally]:
    tallies: dict[tuple[str, str], Tally] = {}
    for variant in assignment.all_variants:
        for precision, made in plans.items():
            tally = tallies.setdefault((variant.id, precision), Tally())
            for plan in made:
                judge_variant(plan, assignment, variant, precision, tally)
    return tallies


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure false verdicts in both directions.")
    parser.add_argument("--assignment", default="batchnorm")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--solutions-only", action="store_true")
    chosen = parser.parse_args()
    folder = assignments.find(chosen.assignment)
    assignment = assignments.load(folder)
    precisions = PRECISIONS if assignment.ops else PRECISIONS[:1]  # special parts choose theirs themselves
    plans = {p: [plan_for(folder, s, p) for s in range(chosen.seeds)] for p in precisions}
    top = plans["float64"][0].max_score
    print(
        f"{assignment.title}: {float(top):g} points, {chosen.seeds} seeds, NumPy {np.__version__}, ", end=""
    )
    print(f"{platform.machine()}\n")
    solutions = run_solutions(plans, folder)
    table("solution", "points kept of", top, solutions, False)
    stubbed = {} if chosen.solutions_only else run_stubs(plans, assignment)
    variants = {} if chosen.solutions_only else run_variants(plans, assignment)
    if stubbed:
        table("stub", "points kept of", top, stubbed, False)
    if variants:
        kinds = {v.id: v.kind for v in assignment.all_variants}
        table("variant", "named, points kept of", top, variants, True, kinds)
    missed = complaints({**solutions, **stubbed, **variants}, variants)
    print("\n".join(["", *missed] if missed else ["", "No bar missed."]))
    return 1 if missed else 0


def table(
    what: str,
    columns: str,
    top: Fraction,
    tallies: Mapping[tuple[str, str], Tally],
    naming: bool,
    kinds: Mapping[str, str] | None = None,
) -> None:
    precisions = list(dict.fromkeys(precision for _, precision in tallies))
    print(f"| {what} | " + " | ".join(f"{p}: {columns} {float(top):g}" for p in precisions) + " |")
    print("|---|" + "---|" * len(precisions))
    for name in dict.fromkeys(name for name, _ in tallies):
        cells = []
        for precision in precisions:
            tally = tallies[name, precision]
            named = f"{tally.named}/{tally.runs}, " if naming else ""
            cells.append(named + tally.points())
        kind = f" ({kinds[name]})" if kinds and kinds[name] != "wrong" else ""
        print(f"| `{name}`{kind} | " + " | ".join(cells) + " |")
    print()
    for (name, precision), tally in tallies.items():
        if tally.only_unusual:
            print(f"{name}, {precision}: only in the unusual tier: {', '.join(sorted(tally.only_unusual))}")
        for why, count in tally.excused.items():
            print(f"{name}, {precision}: too small for the unusual tier, {why} ({count} of {tally.runs})")


def complaints(
    tallies: Mapping[tuple[str, str], Tally], variants: Mapping[tuple[str, str], Tally]
) -> list[str]:
    said = [
        f"MISSED {name}, {precision}: {why} ({count} times)"
        for (name, precision), tally in tallies.items()
        for why, count in tally.wrong.items()
    ]
    said += [
        f"MISSED {name}, {precision}: named {tally.named} of {tally.runs}"
        for (name, precision), tally in variants.items()
        if tally.named < tally.runs
    ]
    return said


if __name__ == "__main__":
    sys.exit(main())
