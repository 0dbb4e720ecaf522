"""What is peculiar to the assignment `losses`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import pytest

from .proving import lost, named, proof

PROOF = proof("losses")
BASE = PROOF.solution("one_line_formulas")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

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
    "an accuracy, by argsort from the best on": (
        "def top_k_error(scores, y, k):\n"
        "    best = np.argsort(-scores, axis=1, kind='stable')[:, :k]\n"
        "    return np.mean((best == y[:, None]).any(axis=1))",
        {("top-k", "error"): "topk.accuracy-lower-first"},
        Fraction(1),
    ),
    "an accuracy, by argsort from the end": (
        "def top_k_error(scores, y, k):\n"
        "    best = np.argsort(scores, axis=1, kind='stable')[:, -k:]\n"
        "    return np.mean((best == y[:, None]).any(axis=1))",
        {("top-k", "error"): "topk.accuracy-higher-first"},
        Fraction(1),
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
    assert lost(findings) == cost
