"""What is peculiar to the assignment `groupnorm`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from .proving import lost, named, proof

PROOF = proof("groupnorm")
BASE = PROOF.solution("five_axes")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

NO_GROUPS = (
    "def groupnorm_forward(x, gamma, beta, groups, eps, old=groupnorm_forward):\n"
    "    return old(x, gamma, beta, {0}, eps)"
)

MISTAKES = {
    "layer normalisation, and consistently so": (
        NO_GROUPS.format(1),
        {("forward", "out"): "gn.is-layernorm"}
        | {("backward", tensor): "gn.is-layernorm" for tensor in ("dx", "dgamma")},
        4 + Fraction(9, 4),
    ),
    "the size of a group for their number, and consistently so": (
        NO_GROUPS.format("x.shape[1] // groups"),
        {("forward", "out"): "gn.size-for-number"}
        | {("backward", tensor): "gn.size-for-number" for tensor in ("dx", "dgamma")},
        4 + Fraction(9, 4),
    ),
    "other groups, and consistently so": (
        "def order(x, g):\n    n, c, h, w = x.shape\n"
        "    return x.reshape(n, g, c // g, h, w).swapaxes(1, 2).reshape(x.shape)\n"
        "def groupnorm_forward(x, gamma, beta, groups, eps, old=groupnorm_forward):\n"
        "    size = x.shape[1] // groups\n"
        "    mixed = [order(a.reshape(1, -1, 1, 1), size).ravel() for a in (gamma, beta)]\n"
        "    out, cache = old(order(x, size), *mixed, groups, eps)\n"
        "    return order(out, groups), (cache, groups, size)\n"
        "def groupnorm_backward(dout, cache, old=groupnorm_backward):\n"
        "    kept, groups, size = cache\n    dx, *rest = old(order(dout, size), kept)\n"
        "    rest = [order(a.reshape(1, -1, 1, 1), groups).ravel() for a in rest]\n"
        "    return order(dx, groups), *rest",
        {("forward", "out"): "gn.interleaved"}
        | {("backward", tensor): "gn.interleaved" for tensor in ("dx", "dgamma")},
        Fraction(4, 10),
    ),
    "eps outside the root, and the closed form with that deviation": (
        "def groupnorm_forward(x, gamma, beta, groups, eps, old=groupnorm_forward):\n"
        "    n, c, h, w = x.shape\n    a, b = gamma.reshape(1, c, 1, 1), beta.reshape(1, c, 1, 1)\n"
        "    rows = x.reshape(n, groups, c // groups, h, w)\n    axes = (2, 3, 4)\n"
        "    std = rows.std(axis=axes, keepdims=True) + eps\n"
        "    xhat = ((rows - rows.mean(axis=axes, keepdims=True)) / std).reshape(x.shape)\n"
        "    return a * xhat + b, (xhat, std, a, groups)",
        {("forward", "out"): "gn.eps-outside"}
        | {("backward", tensor): "gn.eps-outside" for tensor in ("dx", "dgamma")},
        Fraction(4, 10),
    ),
    "means over the pixels of one channel": (
        "def groupnorm_backward(dout, cache, old=groupnorm_backward):\n"
        "    xhat, std, gamma, groups = cache\n    _, *rest = old(dout, cache)\n"
        "    n, c, h, w = dout.shape\n    m = h * w\n"
        "    d, z = ((dout * gamma).reshape(n, groups, -1), xhat.reshape(n, groups, -1))\n"
        "    dx = m * d - d.sum(2, keepdims=True) - z * (d * z).sum(2, keepdims=True)\n"
        "    return (dx / m / std.reshape(n, groups, 1)).reshape(dout.shape), *rest",
        {("backward", "dx"): "gn.counts-pixels"},
        Fraction(3),
    ),
    "gamma at the end": (
        "def groupnorm_backward(dout, cache, old=groupnorm_backward):\n"
        "    xhat, std, gamma, groups = cache\n    _, *rest = old(dout, cache)\n"
        "    return gamma * old(dout, (xhat, std, np.ones_like(gamma), groups))[0], *rest",
        {("backward", "dx"): "gn.gamma-last"},
        Fraction(3),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert lost(findings) == cost


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_oracle_agrees_with_pytorch_and_keeps_the_dtype(groups: int, dtype: Any) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(groups)
    x, dout = (rng.standard_normal((3, 6, 4, 5)).astype(dtype) for _ in range(2))
    gamma, beta = (rng.standard_normal(6).astype(dtype) for _ in range(2))
    (op,) = PROOF.assignment.ops
    out, cache = op.oracle(x, gamma, beta, groups, 1e-3)
    witnesses = [torch.tensor(a, requires_grad=True) for a in (x, gamma, beta)]
    theirs = torch.nn.functional.group_norm(witnesses[0], groups, *witnesses[1:], eps=1e-3)
    theirs.backward(torch.tensor(dout))
    ours = [out, *op.gradient(dout, cache)]
    close = {"rtol": 1e-10, "atol": 1e-12} if dtype is np.float64 else {"rtol": 1e-3, "atol": 1e-4}
    assert {a.dtype for a in ours} == {np.dtype(dtype)}
    for got, expected in zip(ours, [theirs.detach(), *(w.grad for w in witnesses)], strict=True):
        np.testing.assert_allclose(got, expected.numpy(), **close)
