"""Does the grader tell the truth? Right solutions keep every point, wrong ones lose theirs and are named.

    python -m benchmarks.truth [--assignment batchnorm] [--seeds 40]

Over many seeds, with inputs in float64 and in float32:

    solutions   every file of the assignment's solutions/ keeps all points
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
from assay.validate_work import graded, plan_for
from grader.loopback import loopback
from grader.plan import Plan, PlannedPart
from suites import Assignment, Variant
from suites.judging import CONVENTION_COST
from suites.proof import PRECISIONS, plainly_off, stubs, with_variant
from suites.types import Finding, Verdict

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
    student = with_variant(assignment.ops, variant)
    findings = graded(plan, student)
    operation = {part.name: part.op for part in plan.parts if isinstance(part, PlannedPart)}
    bad = plainly_off(plan.all_cases, student, precision)
    where = {f: (operation[f.part], f.tensor, f.tier) for f in findings if f.points}
    touched = [f for f in where if where[f] in bad]
    ids = {f.diagnosis.id for f in where if f.diagnosis}
    tally.runs += 1
    tally.kept.append(sum((f.score for f in findings), Fraction(0)))
    silent = [f for f in where if f.score < f.points and not f.diagnosis]
    tally.named += ids == {variant.id} and not silent
    ordinary = {w[:2] for w in bad if w[2] == "ordinary"}
    tally.only_unusual |= {f"{w[0]} {w[1]}" for w in bad if w[:2] not in ordinary}
    if not touched:
        tally.wrong["changes nothing"] += 1
    for finding in touched:
        why = "" if variant.kind != "wrong" else wrongly_paid(finding, variant, assignment)
        if why:
            excused = finding.tier == "unusual" and where[finding][:2] in ordinary
            counter = tally.excused if excused else tally.wrong
            counter[f"{finding.part}/{finding.tensor}/{finding.tier}: {why}"] += 1
    if variant.kind != "wrong":
        lost = plan.max_score - tally.kept[-1]
        if why := wrongly_charged(lost, findings, assignment.conventions.get(variant.id, "accepted")):
            tally.wrong[why] += 1


def wrongly_paid(finding: Finding, variant: Variant, assignment: Assignment) -> str:
    carried = any(variant.of is op.oracle for op in assignment.ops) and finding.check == "gradient"
    if finding.verdict is Verdict.PASS or finding.credit > (assignment.carry if carried else 0):
        return f"keeps {finding.credit}"
    return ""


def wrongly_charged(lost: Fraction, findings: list[Finding], declared: str) -> str:
    charged = [f for f in findings if f.score < f.points]
    if declared != "required":
        return f"costs {lost}" if lost else ""
    tensors = {(f.part, f.tensor) for f in charged}
    whole = sum((f.points for f in findings if (f.part, f.tensor) in tensors), Fraction(0))
    if len(tensors) == 1 and lost == CONVENTION_COST * whole:
        return ""
    return f"costs {float(lost):g} in {len(tensors)} tensors"


# --------------------------------------------------------------------------- the run


def run_solutions(plans: Mapping[str, list[Plan]], folder: Path) -> dict[tuple[str, str], Tally]:
    tallies: dict[tuple[str, str], Tally] = {}
    for file in sorted((folder / "solutions").glob("*.py")):
        source = {file.name: file.read_text(encoding="utf-8")}
        for precision, made in plans.items():
            tally = tallies.setdefault((file.stem, precision), Tally())
            for plan in made:
                with loopback(source, file.name) as student:
                    findings = graded(plan, student)
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
                operation = {part.name: part.op for part in plan.parts if isinstance(part, PlannedPart)}
                bad = plainly_off(plan.all_cases, student, precision)
                tally.runs += 1
                tally.kept.append(sum((f.score for f in findings), Fraction(0)))
                for f in findings:
                    if f.score and (operation[f.part], f.tensor, f.tier) in bad:
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
    chosen = parser.parse_args()
    folder = assignments.find(chosen.assignment)
    assignment = assignments.load(folder)
    plans = {p: [plan_for(folder, s, p) for s in range(chosen.seeds)] for p in PRECISIONS}
    top = plans["float64"][0].max_score
    print(
        f"{assignment.title}: {float(top):g} points, {chosen.seeds} seeds, NumPy {np.__version__}, ", end=""
    )
    print(f"{platform.machine()}\n")
    solutions = run_solutions(plans, folder)
    table("solution", "points kept of", top, solutions, False)
    stubbed = run_stubs(plans, assignment)
    table("stub", "points kept of", top, stubbed, False)
    variants = run_variants(plans, assignment)
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
    print(f"| {what} | " + " | ".join(f"{p}: {columns} {float(top):g}" for p in PRECISIONS) + " |")
    print("|---|" + "---|" * len(PRECISIONS))
    for name in dict.fromkeys(name for name, _ in tallies):
        cells = []
        for precision in PRECISIONS:
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
