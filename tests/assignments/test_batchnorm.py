"""What is peculiar to the assignment `batchnorm`; what holds for all of them is in test_bundled.py."""

import json
from fractions import Fraction

import numpy as np

from suites.tolerance import DOUBLE, SINGLE, compare
from suites.types import Verdict

from .proving import proof

PROOF = proof("batchnorm")
FOLDER, ASSIGNMENT, CASES = PROOF.folder, PROOF.assignment, PROOF.plan().cases
FAR = 20  # times the tolerance: no rounding explains it

# With eps = 1e-5, as in the ordinary tier, they are right: who uses the given eps is seen in the unusual one.
UNUSUAL_ONLY = {"bn.fixed-eps", "bn.inference-fixed-eps", "bn.fold-fixed-eps"}

TENSORS = [(op.forward, tensor) for op in ASSIGNMENT.ops for tensor in op.signature.tensors]


def excess(got, want, case, tensor, unit):
    with np.errstate(all="ignore"):
        return compare(got, want, case.amplification[tensor], unit).excess


def test_every_variant_cites_a_lecture():
    for v in ASSIGNMENT.all_variants:
        assert v.words.lecture[:4] in ("000:", "001:", "003:"), v.id


def test_every_variant_is_seen_in_the_ordinary_tier_of_some_tensor():
    """Far beyond rounding, in float32 too; those that differ only on unusual input are listed above."""
    seen = {"ordinary": set(), "unusual": set()}
    for name, tensor in TENSORS:
        for case in CASES[name]:
            for id, values in case.variants.items():
                if tensor in values and all(
                    excess(values[tensor], case.expected[tensor], case, tensor, unit) > FAR
                    for unit in (DOUBLE, SINGLE)
                ):
                    seen[case.tier].add(id)
    everything = {v.id for v in ASSIGNMENT.all_variants}
    assert everything - seen["ordinary"] == UNUSUAL_ONLY
    assert seen["unusual"] >= UNUSUAL_ONLY


def test_a_variant_of_a_tensor_is_there_in_every_case():
    """One that raises somewhere could never be named."""
    for name, tensor in TENSORS:
        ids = {id for case in CASES[name] for id, values in case.variants.items() if tensor in values}
        for case in CASES[name]:
            assert ids <= {id for id, values in case.variants.items() if tensor in values}, case.id


def test_what_is_expected_of_the_example_class_is_about_that_class():
    expected = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    handed_in = (path for path in (FOLDER / "class").iterdir() if path.name != "__pycache__")
    assert set(expected) == {path.stem for path in handed_in}
    points = {
        f"{part.name}/{tensor}": points
        for part in ASSIGNMENT.parts
        for check in part.checks
        for tensor, points in getattr(check, "points", {}).items()
    }
    ids = {v.id for v in ASSIGNMENT.all_variants} | {"", "environment"}
    for student, grading in expected.items():
        total = sum(points.values())
        for key, finding in grading["findings"].items():
            tensor, tier = key.rsplit("/", 1)
            share = Fraction(9, 10) if tier == "ordinary" else Fraction(1, 10)
            total -= points[tensor] * share - Fraction(str(finding["score"]))
            assert finding["diagnosis"] in ids
            assert Verdict(finding["verdict"])
        if not grading.get("depends_on_seed"):
            assert total == Fraction(str(grading["score"])), student
