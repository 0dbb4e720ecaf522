"""The assignment `weightnorm`, used as an instructor would: sealed, asked, judged."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from suites.types import Verdict

from .proving import SEEDS, Proof, lost, named, score

PROOF = Proof("weightnorm")
BASE = (PROOF.folder / "solutions" / "two_formulas.py").read_text(encoding="utf-8")
POINTS = 10

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")


def test_points() -> None:
    assert PROOF.plans[SEEDS[0]].max_score == POINTS


def test_the_handout_is_fresh() -> None:
    text, fresh = PROOF.handout()
    assert fresh == text, "run: python -m assignments refresh weightnorm"


def test_every_hidden_kind_of_input_has_a_public_sibling() -> None:
    assert not PROOF.kinds_without_public_sibling()


def test_every_convention_is_declared() -> None:
    notes = {v.id for v in PROOF.variants if v.kind == "note"}
    assert set(PROOF.assignment.conventions) == notes
    words = {v.id: v.words for v in PROOF.variants}
    assert all(v.words == words[v.id] for v in PROOF.variants)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("solution", PROOF.solutions, ids=lambda path: path.stem)
def test_solutions_get_full_marks(solution: Path, seed: bytes) -> None:
    findings = PROOF.graded(solution.read_text(encoding="utf-8"), seed)
    assert {f.verdict for f in findings} == {Verdict.PASS}
    assert score(findings) == POINTS


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("v", PROOF.variants, ids=lambda v: f"{v.id}-{v.of.__name__}")
def test_each_variant_is_named(v: Any, precision: str) -> None:
    plan = PROOF.plans[SEEDS[0]] if precision == "float64" else PROOF.in_float32[SEEDS[1]]
    findings = PROOF.graded_variant(v, plan)
    assert set(named(findings).values()) == {v.id}
    if v.kind == "accept" or PROOF.assignment.conventions.get(v.id) == "accepted":
        assert lost(findings) == 0
    elif v.kind == "note":
        assert 0 < lost(findings) <= Fraction(1, 2)
    else:
        assert any(f.verdict is Verdict.FAIL for f in findings)


ZEROS = """
import numpy as np
def weightnorm_forward(v, g): return np.zeros_like(v), (v, g)
def weightnorm_backward(dw, cache): return tuple(np.zeros_like(a) for a in cache)
def mean_only_forward(t, b): return np.zeros_like(t), (t, b)
def mean_only_backward(dout, cache): return tuple(np.zeros_like(a) for a in cache)
"""

ARGUMENTS = """
def weightnorm_forward(v, g): return v, (v, g)
def weightnorm_backward(dw, cache): return dw, cache[1]
def mean_only_forward(t, b): return t, (t, b)
def mean_only_backward(dout, cache): return cache
"""


@pytest.mark.parametrize("text", [PROOF.starter(), ZEROS, ARGUMENTS], ids=["starter", "zeros", "arguments"])
def test_stubs_earn_nothing(text: str) -> None:
    assert score(PROOF.graded(text)) == 0


MISTAKES = {
    "one norm for all, and consistently so": (
        "def weightnorm_forward(v, g):\n    n = np.linalg.norm(v)\n"
        "    return g[:, None] * v / n, (v, g[:, None], n)\n"
        "def weightnorm_backward(dw, cache):\n    v, g, n = cache\n"
        "    return g * dw / n - v * (g * dw * v).sum() / n**3, (dw * v).sum(1) / n",
        {("weights", "w"): "wn.frobenius"}
        | {("weights backward", tensor): "wn.frobenius" for tensor in ("dv", "dg")},
        2 + Fraction(9, 4),
    ),
    "the norm is a constant": (
        "def weightnorm_backward(dw, cache):\n    v, g, n = cache\n"
        "    return (g / n)[:, None] * dw, (dw * v).sum(1) / n",
        {("weights backward", "dv"): "wn.no-projection"},
        Fraction(3),
    ),
    "two mistakes in one function": (
        "def weightnorm_backward(dw, cache, old=weightnorm_backward):\n    v, g, n = cache\n"
        "    dv = (g / n)[:, None] * dw - (g * (dw * v).sum(1) / n**2)[:, None] * v\n"
        "    return dv, (dw * v).sum(1)",
        {("weights backward", "dv"): "wn.norm-power", ("weights backward", "dg"): "wn.dg-unnormalised"},
        Fraction(9, 2),
    ),
    "the length by its logarithm, and consistently so": (
        "def weightnorm_forward(v, g, old=weightnorm_forward):\n    return old(v, np.exp(g))\n"
        "def weightnorm_backward(dw, cache, old=weightnorm_backward):\n"
        "    dv, dg = old(dw, cache)\n    return dv, dg * cache[1]",
        {("weights", "w"): "wn.log-length"}
        | {("weights backward", tensor): "wn.log-length" for tensor in ("dv", "dg")},
        Fraction(2, 10),
    ),
    "b is inside the mean, and consistently so": (
        "def mean_only_forward(t, b):\n    return t + b - (t + b).mean(0), None\n"
        "def mean_only_backward(dout, cache):\n    return dout - dout.mean(0), 0 * dout.sum(0)",
        {("mean-only", "out"): "mo.no-shift", ("mean-only backward", "db"): "mo.no-shift"},
        1 + Fraction(1, 2),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert POINTS - score(findings) == cost


@pytest.mark.parametrize("right", [True, False])
def test_orthogonality_is_said(right: bool) -> None:
    code = BASE if right else f"{BASE}\n\n{MISTAKES['the norm is a constant'][0]}\n"
    (found,) = (f for f in PROOF.graded(code) if f.check == "property" and f.tensor == "dv")
    assert found.verdict is (Verdict.PASS if right else Verdict.FAIL)
