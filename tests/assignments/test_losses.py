"""The assignment `losses`, used as an instructor would: sealed, asked, judged."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from suites.types import Verdict

from .proving import SEEDS, Proof, lost, named, score

PROOF = Proof("losses")
BASE = (PROOF.folder / "solutions" / "one_line_formulas.py").read_text(encoding="utf-8")
POINTS = 20

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")


def test_points() -> None:
    assert PROOF.plans[SEEDS[0]].max_score == POINTS


def test_the_handout_is_fresh() -> None:
    text, fresh = PROOF.handout()
    assert fresh == text, "run: python -m assignments refresh losses"


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
def binary_cross_entropy(z, y): return 0.0, np.zeros_like(z)
def svm_loss(z, y): return 0.0, np.zeros_like(z)
def squared_loss(y, t): return 0.0, np.zeros_like(y)
def absolute_loss(y, t): return 0.0, np.zeros_like(y)
def zero_one_loss(y, t): return 0.0
def top_k_error(scores, y, k): return 0.0
def gaussian_nll(mu, s, t): return 0.0, np.zeros_like(mu), np.zeros_like(s)
def mixture_nll(a, mu, s, t): return 0.0, np.zeros_like(a), np.zeros_like(mu), np.zeros_like(s)
def l2_penalty(w, b, lam): return 0.0, np.zeros_like(w)
def elastic_net(w, b, lam, beta): return 0.0, np.zeros_like(w)
"""

ARGUMENTS = """
def binary_cross_entropy(z, y): return z.mean(), z
def svm_loss(z, y): return z.mean(), z
def squared_loss(y, t): return y.mean(), y
def absolute_loss(y, t): return y.mean(), y
def zero_one_loss(y, t): return 1.0
def top_k_error(scores, y, k): return 1.0
def gaussian_nll(mu, s, t): return t.mean(), mu, s
def mixture_nll(a, mu, s, t): return t.mean(), a, mu, s
def l2_penalty(w, b, lam): return lam, w
def elastic_net(w, b, lam, beta): return lam, w
"""


@pytest.mark.parametrize("text", [PROOF.starter(), ZEROS, ARGUMENTS], ids=["starter", "zeros", "arguments"])
def test_stubs_earn_nothing(text: str) -> None:
    assert score(PROOF.graded(text)) == 0


MISTAKES = {
    "sums over the batch, throughout": (
        "\n".join(
            f"def {name}(*args, old={name}):\n    return tuple(len(args[-1]) * v for v in old(*args))"
            for name in ("binary_cross_entropy", "svm_loss", "squared_loss", "gaussian_nll", "mixture_nll")
        ),
        {
            (part, tensor): "loss.sum"
            for part, *tensors in (
                ("binary cross-entropy", "loss", "dz"),
                ("hinge", "loss", "dz"),
                ("squared", "loss", "dy"),
                ("gaussian", "loss", "dmu", "ds"),
                ("mixture", "loss", "da", "dmu", "ds"),
            )
            for tensor in tensors
        },
        Fraction(1, 10),
    ),
    "a gradient that forgot the mean": (
        "def svm_loss(z, y, old=svm_loss):\n    loss, dz = old(z, y)\n    return loss, len(z) * dz",
        {("hinge", "dz"): "hinge.no-batch-mean"},
        Fraction(2),
    ),
    "PyTorch's averages": (
        "def squared_loss(y, t):\n    return ((y - t) ** 2).mean(), 2 * (y - t) / y.size",
        {("squared", "loss"): "loss.mean-over-entries", ("squared", "dy"): "loss.mean-over-entries"},
        Fraction(1, 20),
    ),
    "half the squared loss": (
        "def squared_loss(y, t):\n    return ((y - t) ** 2).sum() / len(y) / 2, (y - t) / len(y)",
        {("squared", "loss"): "mse.half", ("squared", "dy"): "mse.half"},
        Fraction(1, 20),
    ),
    "half its gradient": (
        "def squared_loss(y, t):\n    return ((y - t) ** 2).sum() / len(y), (y - t) / len(y)",
        {("squared", "dy"): "mse.factor-two"},
        Fraction(1),
    ),
    "lambda/2": (
        "def l2_penalty(w, b, lam):\n    return lam / 2 * (w**2).sum(), lam * w\n"
        "def elastic_net(w, b, lam, beta):\n"
        "    return lam * (beta / 2 * (w**2).sum() + abs(w).sum()), lam * (beta * w + np.sign(w))",
        {(part, t): "l2.half" for part in ("l2", "elastic net") for t in ("penalty", "dw")},
        Fraction(1, 20),
    ),
    "the bias is penalised, and the gradient lacks a 2": (
        "def l2_penalty(w, b, lam):\n    return lam * ((w**2).sum() + (b**2).sum()), lam * w",
        {("l2", "penalty"): "l2.on-bias", ("l2", "dw"): "l2.no-two"},
        Fraction(1),
    ),
    "the textbook's cross-entropy": (
        "def binary_cross_entropy(z, y):\n    p = 1 / (1 + np.exp(-z))\n"
        "    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), (p - y) / len(y)",
        {("binary cross-entropy", "loss"): "bce.log-of-zero"},
        Fraction(1, 10),
    ),
    "a small number in the logarithm": (
        "def binary_cross_entropy(z, y, old=binary_cross_entropy):\n    p = 1 / (1 + np.exp(-z))\n"
        "    return -(y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12)).mean(), old(z, y)[1]",
        {("binary cross-entropy", "loss"): "bce.log-eps-1e-12"},
        Fraction(0),
    ),
    "densities are added": (
        "def mixture_nll(a, mu, s, t, old=mixture_nll):\n"
        "    w = np.exp(a - a.max(1, keepdims=True))\n    w /= w.sum(1, keepdims=True)\n"
        "    d = t.shape[1]\n    e2 = ((t[:, None] - mu) ** 2).sum(2) / np.exp(s)\n"
        "    q = w * np.exp(-e2 / 2) / np.sqrt((2 * np.pi * np.exp(s)) ** d)\n"
        "    return (-np.log(q.sum(1)).mean(), *old(a, mu, s, t)[1:])",
        {("mixture", "loss"): "mdn.log-of-zero-loss"},
        Fraction(1, 10),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert POINTS - score(findings) == cost
