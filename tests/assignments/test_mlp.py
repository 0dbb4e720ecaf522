"""What is peculiar to the assignment `mlp`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import pytest

from .proving import SEEDS, lost, named, proof, score

PROOF = proof("mlp")
BASE = PROOF.solution("course_style")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

# Stability and ties: the ordinary logits and numbers show nothing of these.
UNUSUAL_ONLY = {
    "sce.no-max-shift",
    "sce.no-max-shift-log",
    "sce.global-max",
    "sce.max-zero",
    "sce.log-of-zero",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for _, v, shows in PROOF.shown(seed):
        if v.kind != "accept":
            assert shows is (v.id not in UNUSUAL_ONLY), v.id


MISTAKES = {
    "loss and gradient summed": (
        "def softmax_loss(z, y, old=softmax_loss):\n    l, d = old(z, y)\n    return l * len(z), d * len(z)",
        {("softmax loss", "loss"): "sce.loss-sum", ("softmax loss", "dz"): "sce.no-batch-mean"},
        Fraction(2, 10) + 3,
    ),
    "leaky, and consistently so": (
        "def relu_forward(x):\n    return np.where(x > 0, x, 0.01 * x), x\n"
        "def relu_backward(dout, cache):\n    return np.where(cache > 0, dout, 0.01 * dout)",
        {("relu forward", "out"): "relu.leaky", ("relu backward", "dx"): "relu.leaky"}
        | {("network forward", "scores"): "relu.leaky"}
        | {("network backward", t): "relu.leaky" for t in ("dx", "dw1", "db1", "dw2")},
        1 + 1 + 2 + Fraction(35, 20),
    ),
    "leaky in the backward alone": (
        "def relu_backward(dout, cache):\n    return np.where(cache > 0, dout, 0.01 * dout)",
        {("relu backward", "dx"): "relu.leaky-backward"}
        | {("network backward", t): "relu.leaky-backward" for t in ("dx", "dw1", "db1")},
        2 + Fraction(5, 2),
    ),
    "the bias of the hidden layer forgotten": (
        "def mlp_forward(x, w1, b1, w2, b2, old=mlp_forward):\n    return old(x, w1, 0 * b1, w2, b2)",
        {("network forward", "scores"): "mlp.no-hidden-bias"}
        | {("network backward", t): "mlp.no-hidden-bias" for t in ("dx", "dw1", "db1", "dw2")},
        2 + Fraction(7, 4),
    ),
    "no 1/N, and exp as it stands": (
        "def softmax_loss(z, y):\n    n = np.arange(len(z))\n"
        "    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)\n    loss = -np.log(p[n, y]).mean()\n"
        "    p[n, y] -= 1\n    return loss, p",
        {("softmax loss", "loss"): "sce.no-max-shift", ("softmax loss", "dz"): "sce.no-batch-mean"},
        Fraction(2, 10) + 3,
    ),
    "another order of flattening, and consistently so": (
        "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1, order='F') @ w + b, (x, w)\n"
        "def affine_backward(dout, cache):\n    x, w = cache\n"
        "    dx = (dout @ w.T).reshape(x.shape, order='F')\n"
        "    return dx, x.reshape(len(x), -1, order='F').T @ dout, dout.sum(0)",
        {("affine forward", "out"): "affine.flatten-order", ("affine backward", "dx"): "affine.flatten-order"}
        | {("affine backward", "dw"): "affine.flatten-order"},
        2 + Fraction(3, 2),
    ),
    "the gradient is masked nowhere": (
        "def relu_backward(dout, cache):\n    return dout",
        {("relu backward", "dx"): "relu.no-mask"}
        | {("network backward", t): "mlp.no-relu" for t in ("dx", "dw1", "db1")},
        2 + Fraction(5, 2),
    ),
    "dw2 from pre-activations": (
        "def mlp_backward(dscores, cache, old=mlp_backward):\n"
        "    dx, dw1, db1, _, db2 = old(dscores, cache)\n"
        "    return dx, dw1, db1, cache[0][1].T @ dscores, db2",
        {("network backward", "dw2"): "mlp.no-relu"},
        1,
    ),
    "two mistakes in one function": (
        "def affine_backward(dout, cache, old=affine_backward):\n    dx, dw, db = old(dout, cache)\n"
        "    return dx, dw / len(dout), db / len(dout)",
        {("affine backward", "dw"): "affine.dw-over-N", ("affine backward", "db"): "affine.db-mean"}
        | {("network backward", f"dw{i}"): "affine.dw-over-N" for i in (1, 2)}
        | {("network backward", f"db{i}"): "affine.db-mean" for i in (1, 2)},
        Fraction(5, 2) + 3,
    ),
    "softmax as the slide has it": (
        "def softmax_loss(z, y):\n    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)\n"
        "    i = np.arange(len(y))\n"
        "    loss = -np.log(p[i, y]).mean()\n    p[i, y] -= 1\n    return loss, p / len(y)",
        {("softmax loss", "loss"): "sce.no-max-shift", ("softmax loss", "dz"): "sce.no-max-shift"},
        Fraction(1, 2),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert lost(findings) == cost


def test_any_slope_between_0_and_1_is_right_at_a_tie() -> None:
    for slope in (0, 0.3, 0.5, 1):
        code = f"def relu_backward(dout, cache):\n    return dout * np.heaviside(cache, {slope})"
        assert score(PROOF.graded(f"{BASE}\n\n{code}\n")) == 20
