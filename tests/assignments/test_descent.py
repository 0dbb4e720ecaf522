"""What is peculiar to the assignment `descent`; what holds for all of them is in test_bundled.py."""

import re
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import assignments
from grader.intake import read_submission
from grader.judge import grade
from grader.sandbox.launch import open_launcher
from reference import descent

from .proving import SEEDS, lost, named, proof

PROOF = proof("descent")
BASE = PROOF.solution("vectorised")
ALL = ("w1", "b1", "w2", "b2")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

# Overflow and logarithms of 0: ordinary scores and units show nothing of these.
UNUSUAL_ONLY = {
    f"descent.{name}" for name in ("tanh-overflow", "no-max-shift", "global-max", "log-of-zero", "log-eps")
}

LOOP = """
def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    params = [w1, b1, w2, b2]
    velocity = [np.zeros_like(p) for p in params]
    for _ in range(steps):
        grads = gradients(x, y, *params)
{0}
    return tuple(params)
"""
OTHER_SOFTMAX = "def softmax(z):\n    e = np.exp(z{0})\n    return e / e.sum(axis={1}, keepdims=True)"
IN_TORCH = """
import torch
def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    params = [torch.tensor(p, requires_grad=True) for p in (w1, b1, w2, b2)]
    w1, b1, w2, b2 = params
    sgd = torch.optim.SGD(params, lr=rate, momentum=momentum{0})
    for _ in range(steps):
        {1}
        scores = torch.tanh(torch.tensor(x) @ w1 + b1) @ w2 + b2
        torch.nn.functional.cross_entropy({2}, torch.tensor(y){3}).backward()
        sgd.step()
    return tuple(p.detach() for p in params)
"""
CLEAR = "sgd.zero_grad()"

MISTAKES: dict[str, tuple[str, str, Any]] = {
    "a velocity that is assigned to inside the loop over the parameters": (
        LOOP.format(
            "        for p, v, g in zip(params, velocity, grads):\n"
            "            v = momentum * v - rate * g\n            p += v"
        ),
        "descent.no-momentum",
        10,
    ),
    "the rate before the bracket": (
        LOOP.format(
            "        velocity = [rate * (momentum * v - g) for v, g in zip(velocity, grads)]\n"
            "        params = [p + v for p, v in zip(params, velocity)]"
        ),
        "descent.rate-outside",
        10,
    ),
    "parameters that are assigned to there": (
        LOOP.format(
            "        for p, v, g in zip(params, velocity, grads):\n"
            "            v *= momentum\n            v -= rate * g\n            p = p + v"
        ),
        "descent.unchanged",
        10,
    ),
    "a return that is too far in": (
        LOOP.format(
            "        velocity = [momentum * v - rate * g for v, g in zip(velocity, grads)]\n"
            "        params = [p + v for p, v in zip(params, velocity)]\n        return tuple(params)"
        ),
        "descent.first-step-only",
        10,
    ),
    "both ways to write momentum": (
        LOOP.format(
            "        velocity = [momentum * v + rate * g for v, g in zip(velocity, grads)]\n"
            "        params = [p - rate * v for p, v in zip(params, velocity)]"
        ),
        "descent.rate-twice",
        10,
    ),
    "the lectures' velocity with the other sign's move": (
        LOOP.format(
            "        velocity = [momentum * v + rate * g for v, g in zip(velocity, grads)]\n"
            "        params = [p + v for p, v in zip(params, velocity)]"
        ),
        "descent.ascent",
        10,
    ),
    "w2 is updated on the way back": (
        "def descend(x, y, w1, b1, w2, b2, rate, mu, steps):\n    u1 = c1 = u2 = c2 = 0\n"
        "    for _ in range(steps):\n        h = np.tanh(x @ w1 + b1)\n        dz = softmax(h @ w2 + b2)\n"
        "        dz[np.arange(len(y)), y] -= 1\n        dz /= len(y)\n"
        "        u2 = mu * u2 - rate * h.T @ dz\n        c2 = mu * c2 - rate * dz.sum(0)\n"
        "        w2, b2 = w2 + u2, b2 + c2\n        da = (1 - h * h) * (dz @ w2.T)\n"
        "        u1 = mu * u1 - rate * x.T @ da\n        c1 = mu * c1 - rate * da.sum(0)\n"
        "        w1, b1 = w1 + u1, b1 + c1\n    return w1, b1, w2, b2",
        "descent.new-w2",
        10,
    ),
    "softmax as the slide has it": (OTHER_SOFTMAX.format("", 1), "descent.no-max-shift", 1),
    "one maximum for all": (OTHER_SOFTMAX.format(" - z.max()", 1), "descent.global-max", 1),
    "softmax over the batch": (
        OTHER_SOFTMAX.format(" - z.max(axis=0)", 0),
        "descent.softmax-over-batch",
        10,
    ),
}

IN_TORCH_MISTAKES = {
    "gradients are not cleared": (("", "pass", "scores", ""), "descent.accumulated", 10),
    "softmax before cross_entropy": (("", CLEAR, "scores.softmax(1)", ""), "descent.softmax-twice", 10),
    "the sum over the batch": (("", CLEAR, "scores", ", reduction='sum'"), "descent.sum", 10),
    "dampening": ((", dampening=momentum", CLEAR, "scores", ""), "descent.dampening", 10),
}


def found(text: str) -> tuple[set[str], set[str], Fraction]:
    """The names given, the tensors that have one, and the points lost."""
    findings = PROOF.graded(text)
    names = named(findings)
    return set(names.values()), {tensor for _, tensor in names}, lost(findings)


@pytest.mark.parametrize("seed", SEEDS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for _, v, shows in PROOF.shown(seed):
        assert shows is (v.id not in UNUSUAL_ONLY), v.id


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, name, cost = MISTAKES[mistake]
    assert found(f"{BASE}\n\n{code}\n") == ({name}, set(ALL), cost)


@pytest.mark.parametrize("mistake", IN_TORCH_MISTAKES)
def test_mistakes_as_students_write_them_in_pytorch(mistake: str) -> None:
    pytest.importorskip("torch")
    filled, name, cost = IN_TORCH_MISTAKES[mistake]
    assert found(IN_TORCH.format(*filled)) == ({name}, set(ALL), cost)


def test_nesterov_as_pytorch_has_it_is_told_from_nesterovs_own() -> None:
    """PyTorch refuses nesterov=True with a momentum of 0, and so raises in the unusual tier."""
    pytest.importorskip("torch")
    text = IN_TORCH.format(", nesterov=True", CLEAR, "scores", "")
    names, tensors, points = found(text)
    assert (names, tensors, points) == ({"descent.nesterov-ahead"}, set(ALL), 10)


def test_a_logarithm_of_softmax_loses_only_what_is_sure_and_wrong() -> None:
    pytest.importorskip("torch")
    text = IN_TORCH.replace("cross_entropy({2}", "nll_loss({2}")
    for scores, name in (
        ("torch.log(scores.softmax(1))", "descent.log-of-zero"),
        ("torch.log(scores.softmax(1) + 1e-12)", "descent.log-eps"),
    ):
        names, _, points = found(text.format("", CLEAR, scores, ""))
        assert (names, points) == ({name}, 1)


@pytest.mark.parametrize(
    "moves",
    [
        "velocity = [momentum * v - rate * g for v, g in zip(velocity, grads)]\n"
        "        params = [p + v for p, v in zip(params, velocity)]",
        "velocity = [momentum * v + rate * g for v, g in zip(velocity, grads)]\n"
        "        params = [p - v for p, v in zip(params, velocity)]",
        "velocity = [momentum * v + g for v, g in zip(velocity, grads)]\n"
        "        params = [p - rate * v for p, v in zip(params, velocity)]",
    ],
    ids=["as asked", "as the lectures", "as PyTorch"],
)
def test_at_a_constant_rate_three_ways_to_write_it_are_right(moves: str) -> None:
    assert found(f"{BASE}\n\n{LOOP.format('        ' + moves)}\n") == (set(), set(), 0)


# ------------------------------------------------------------------ the file for a GPU


def on_the_gpu() -> Any:
    pytest.importorskip("torch")
    module = ModuleType("on_the_gpu")
    exec(compile(PROOF.solution("on_the_gpu"), "on_the_gpu.py", "exec"), vars(module))
    return module


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_file_for_a_gpu_returns_arrays_of_the_dtype_that_came_in(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    shapes = [(9, 4), (4, 6), (6,), (6, 3), (3,)]
    x, *parameters = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    y = rng.integers(0, 3, 9)
    after = on_the_gpu().descend(x, y, *parameters, 0.3, 0.7, 50)
    assert [(type(p), p.dtype, p.shape) for p in after] == [(np.ndarray, dtype, p.shape) for p in parameters]
    close = 1e-10 if dtype is np.float64 else 1e-3
    for ours, theirs in zip(descent.descend(x, y, *parameters, 0.3, 0.7, 50), after, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=close, atol=close)


def test_the_file_for_a_gpu_asks_nothing_of_the_device_between_steps() -> None:
    text = PROOF.solution("on_the_gpu")
    loop = re.search(r"\n    for _ in range\(steps\):\n((?:        .*\n)+)", text)
    assert loop is not None
    assert not re.search(r"\.item|\.cpu|\.numpy|\.tolist|print|\bif\b|float\(|device", loop[1])
    torch = pytest.importorskip("torch")
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        on_the_gpu()
        assert torch.backends.cuda.matmul.allow_tf32 is False
    finally:
        torch.backends.cuda.matmul.allow_tf32 = False


def test_right_ones_in_pytorch_are_right_in_a_sandbox() -> None:
    pytest.importorskip("torch")
    plan = PROOF.plan()
    assert plan.packages == ("numpy", "torch")
    in_torch = [file for file in assignments.solutions(PROOF.folder) if "import torch" in file.read_text()]
    assert len(in_torch) == 3
    with open_launcher("process", plan.packages) as launcher:
        for file in in_torch:
            record = grade(plan, read_submission(file, plan.submit), launcher)
            assert record.score == record.max_score, file.stem
            assert not record.remarks
