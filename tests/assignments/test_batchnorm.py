"""The batchnorm assignment: its points, its kinds of input, its variants, its solutions, its handout."""

import importlib.util
import inspect
import itertools
import json
from fractions import Fraction

import numpy as np
import pytest

import assignments
from suites.handout import refresh
from suites.seal import seal, streams
from suites.tolerance import DOUBLE, SINGLE, Band, compare
from suites.types import Verdict

FOLDER = assignments.find("batchnorm")
ASSIGNMENT = assignments.load("batchnorm")
OPS = {op.forward: op for op in ASSIGNMENT.ops}
SOLUTIONS = sorted((FOLDER / "solutions").glob("*.py"))
FAR = 20  # times the tolerance: no rounding explains it
APART = 8  # times the tolerance: twice what naming a variant forgives

# With eps = 1e-5, as in the ordinary tier, they are right: who uses the given eps is seen in the unusual one.
UNUSUAL_ONLY = {"bn.fixed-eps", "bn.inference-fixed-eps", "bn.fold-fixed-eps"}

with np.errstate(all="ignore"):
    CASES = {
        name: seal(op, ASSIGNMENT.all_variants, streams(b"a seed of the tests")) for name, op in OPS.items()
    }
TENSORS = [(name, tensor) for name, op in OPS.items() for tensor in op.signature.tensors]


def module(path):
    spec = importlib.util.spec_from_file_location(f"_solution_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def excess(got, want, case, tensor, unit):
    with np.errstate(all="ignore"):
        return compare(got, want, case.amplification[tensor], unit).excess


def test_points_sum_to_twenty():
    points = [
        points
        for part in ASSIGNMENT.parts
        for check in part.checks
        for points in getattr(check, "points", {}).values()
    ]
    assert sum(points) == Fraction(20)


def test_every_hidden_kind_of_input_has_a_public_sibling():
    for op in ASSIGNMENT.ops:
        public = {regime.name for regime in op.regimes if regime.public}
        assert {regime.tier for regime in op.regimes} == {"ordinary", "unusual"}
        assert {regime.like for regime in op.regimes if not regime.public} <= public


def test_every_argument_has_a_domain():
    for op in ASSIGNMENT.ops:
        assert set(op.domains) >= set(op.args)


def test_ids_are_unique_and_conventions_are_notes():
    ids = [(v.id, v.of) for v in ASSIGNMENT.all_variants]  # one mistake may show in several functions
    assert len(ids) == len(set(ids))
    assert set(ASSIGNMENT.conventions) == {v.id for v in ASSIGNMENT.all_variants if v.kind == "note"}
    assert set(ASSIGNMENT.conventions.values()) == {"required", "accepted"}


def test_every_variant_says_asks_and_cites():
    for v in ASSIGNMENT.all_variants:
        assert v.words.says.endswith("."), v.id
        assert v.words.hint.endswith(("?", ".")), v.id
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


@pytest.mark.parametrize(("name", "tensor"), TENSORS)
def test_no_two_variants_of_a_tensor_are_alike(name, tensor):
    """In both precisions, on some ordinary case, but for those that need unusual input."""
    ids = {id for case in CASES[name] for id, values in case.variants.items() if tensor in values}
    for one, other in itertools.combinations(sorted(ids), 2):
        apart = max(
            excess(case.variants[one][tensor], case.variants[other][tensor], case, tensor, SINGLE)
            for case in CASES[name]
            if case.tier == "ordinary" or {one, other} & UNUSUAL_ONLY
        )
        assert apart > APART, (one, other)


@pytest.mark.parametrize(("name", "tensor"), TENSORS)
def test_a_variant_of_a_tensor_is_there_in_every_case(name, tensor):
    """One that raises somewhere could never be named."""
    ids = {id for case in CASES[name] for id, values in case.variants.items() if tensor in values}
    for case in CASES[name]:
        assert ids <= {id for id, values in case.variants.items() if tensor in values}, case.id


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("name", OPS)
def test_solutions_agree_with_the_oracle(path, name, capsys):
    solution, op = module(path), OPS[name]
    single = path.stem == "single_precision"
    for case in CASES[name]:
        inputs = [np.copy(v) if isinstance(v, np.ndarray) else v for v in case.inputs.values()]
        unit = SINGLE if single or case.regime == "float32_input" else DOUBLE
        returned = getattr(solution, name)(*inputs)
        values = returned if isinstance(returned, tuple) else (returned,)
        if op.backward:
            out, cache = returned
            values = (out, *getattr(solution, op.backward)(np.copy(case.upstream), cache))
        for tensor, value in zip(op.signature.tensors, values, strict=True):
            seen = compare(value, case.expected[tensor], case.amplification[tensor], unit)
            assert seen.band is Band.ROUNDING, (case.id, tensor, seen.excess, seen.cause)


def test_the_starter_has_every_function_with_the_right_arguments():
    starter = module(FOLDER / "starter" / ASSIGNMENT.submit)
    for op in ASSIGNMENT.ops:
        assert tuple(inspect.signature(getattr(starter, op.forward)).parameters) == op.args
        if op.backward:
            assert tuple(inspect.signature(getattr(starter, op.backward)).parameters) == ("dout", "cache")
        with pytest.raises(NotImplementedError, match=f"{op.forward} is not written yet"):
            getattr(starter, op.forward)(*op.args)


def test_the_handout_is_fresh():
    text = (FOLDER / "handout.md").read_text(encoding="utf-8")
    assert refresh(text, ASSIGNMENT) == text, "run: python -m assignments refresh batchnorm"


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
