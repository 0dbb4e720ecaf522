"""What is peculiar to the assignment `weightnorm`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import pytest

from suites.types import Verdict

from .proving import lost, named, proof

PROOF = proof("weightnorm")
BASE = PROOF.solution("two_formulas")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

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
    "the quotient rule for each entry": (
        "def weightnorm_backward(dw, cache):\n    v, g, n = (np.atleast_2d(a.T).T for a in cache)\n"
        "    return dw * g * (n - v**2 / n) / n**2, (dw * v).sum(1) / n[:, 0]",
        {("weights backward", "dv"): "wn.entry-by-entry"},
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
    assert lost(findings) == cost


@pytest.mark.parametrize("right", [True, False])
def test_orthogonality_is_said(right: bool) -> None:
    code = BASE if right else f"{BASE}\n\n{MISTAKES['the norm is a constant'][0]}\n"
    (found,) = (f for f in PROOF.graded(code) if f.check == "property" and f.tensor == "dv")
    assert found.verdict is (Verdict.PASS if right else Verdict.FAIL)
