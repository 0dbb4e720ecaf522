"""What is peculiar to the assignment `modes`: its oracles against PyTorch, and what they leave unchanged."""

from fractions import Fraction

import numpy as np
import pytest

from suites.types import Verdict

from .proving import lost, named, proof

PROOF = proof("modes")
BASE = PROOF.solution("formulas")
OPS = {op.forward: op for op in PROOF.assignment.ops}

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def batch(seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(8, 5)), rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=(8, 3))


def test_the_layer_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    *args, dout = batch()
    x, w, b = (torch.tensor(a, requires_grad=True) for a in args)
    theirs = torch.nn.functional.batch_norm(x @ w + b, None, None, training=True, eps=1e-30)
    theirs.backward(torch.tensor(dout))
    op = OPS["normalised_forward"]
    out, cache = op.oracle(*args)
    expected = [theirs.detach(), x.grad, w.grad, b.grad]
    for got, want in zip([out, *op.gradient(dout, cache)], expected, strict=True):
        np.testing.assert_allclose(got, want.numpy(), rtol=1e-9, atol=1e-10)


def test_neither_the_scale_of_the_weights_nor_the_bias_is_seen() -> None:
    x, w, b, dout = batch(1)
    op = OPS["normalised_forward"]
    out, cache = op.oracle(x, w, b)
    again, other = op.oracle(x, 3 * w, b + 7)
    np.testing.assert_allclose(again, out, atol=1e-12)
    (dx, dw, db), (dx3, dw3, _) = op.gradient(dout, cache), op.gradient(dout, other)
    np.testing.assert_allclose([dx3, dx], [dx, dx3], atol=1e-12)
    np.testing.assert_allclose(3 * dw3, dw, atol=1e-12)
    np.testing.assert_allclose([(dw * w).sum(axis=0), db], 0, atol=1e-12)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_both_modes_agree_with_pytorch(mode: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    x, mask = rng.normal(size=(6, 4)), rng.random((6, 4)) < 0.6
    gamma, beta, mean, var = rng.normal(size=4), rng.normal(size=4), rng.normal(size=4), rng.uniform(1, 2, 4)
    tensors = [torch.tensor(a) for a in (x, mean, var, gamma, beta)]
    theirs = torch.nn.functional.batch_norm(*tensors, training=mode == "train", eps=1e-2)
    expected = theirs.numpy() * (mask / 0.6 if mode == "train" else 1)
    got = OPS["block"].oracle(x, gamma, beta, mean, var, mask, 0.4, 1e-2, mode)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


MISTAKES = {
    "the mean is a constant, throughout": (
        "def centre_backward(dout, cache):\n    return dout, dout.sum(axes_of(dout))",
        {
            ("centring backward", "dx"): "ce.dx-constant-mean",
            ("centring backward", "db"): "ce.db-constant-mean",
        },
        Fraction(3, 2),
    ),
    "a bias of an affine layer": (
        "def normalised_backward(dout, cache, old=normalised_backward):\n"
        "    dx, dw, _ = old(dout, cache)\n    return dx, dw, dout.sum(0)",
        {("layer backward", "db"): "nl.db-of-affine"},
        Fraction(1, 2),
    ),
    "plain dropout": (
        "def block(x, gamma, beta, mean, var, mask, p, eps, mode, old=block):\n"
        "    return old(x, gamma, beta, mean, var, mask, p, eps, mode) * (1 - p)",
        {("modes", "out"): "mode.plain"},
        Fraction(15, 100),
    ),
    "whitening by a Cholesky factor": (
        "def whiten(x):\n    c = x - x.mean(0)\n"
        "    return np.linalg.solve(np.linalg.cholesky(c.T @ c / len(x)), c.T).T",
        {("whitening", "out"): "wh.cholesky"},
        Fraction(15, 10),
    ),
    "no mode is looked at": (
        "def block(x, gamma, beta, mean, var, mask, p, eps, mode, old=block):\n"
        "    return old(x, gamma, beta, mean, var, mask, p, eps, 'train')",
        {("modes", "out"): "mode.ignored"},
        Fraction(3, 2),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert lost(findings) == cost


@pytest.mark.parametrize("right", [True, False])
def test_the_invariance_is_said(right: bool) -> None:
    code = BASE if right else BASE.replace(" - out * (dout * out).mean(0)) / std", ") / std")
    assert right or code != BASE
    (found,) = (f for f in PROOF.graded(code) if f.check == "property" and f.tensor == "dw")
    assert found.verdict is (Verdict.PASS if right else Verdict.FAIL)
