"""What is peculiar to the assignment `activations`: what overflows, and the slope at a tie."""

from fractions import Fraction

import numpy as np
import pytest

from .proving import SEEDS, lost, named, proof, score

PROOF = proof("activations")
BASE = PROOF.solution("halves")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

MISTAKES = {
    "exp(x) / (1 + exp(x)), and its backward": (
        "def sigmoid_forward(x):\n    out = np.exp(x) / (1 + np.exp(x))\n    return out, out",
        {("sigmoid", "out"): "sig.overflow", ("sigmoid backward", "dx"): "sig.overflow"},
        Fraction(1, 10) + Fraction(15, 200),
    ),
    "only the diagonal": (
        "def softmax_backward(dout, cache):\n    return dout * cache * (1 - cache)",
        {("softmax backward", "dx"): "soft.diagonal"},
        Fraction(2),
    ),
    "x in the formula for out": (
        "def sigmoid_forward(x, old=sigmoid_forward):\n    return old(x)[0], x\n"
        "def sigmoid_backward(dout, x):\n    return dout * x * (1 - x)\n"
        "def tanh_forward(x):\n    return np.tanh(x), x\n"
        "def tanh_backward(dout, x):\n    return dout * (1 - x**2)",
        {("sigmoid backward", "dx"): "sig.of-x", ("tanh backward", "dx"): "tanh.of-x"},
        Fraction(5, 2),
    ),
    "the mask of dout": (
        "def leaky_relu_forward(x, slope):\n    return np.where(x > 0, x, slope * x), slope\n"
        "def leaky_relu_backward(dout, slope):\n    return np.where(dout < 0, slope * dout, dout)",
        {("leaky backward", "dx"): "leaky.mask-of-dout"},
        Fraction(3, 2),
    ),
    "softmax takes off a sum without weights": (
        "def softmax_backward(dout, cache):\n    return cache * (dout - dout.sum(axis=-1, keepdims=True))",
        {("softmax backward", "dx"): "soft.sum"},
        Fraction(2),
    ),
    "softmax takes off one sum over all rows": (
        "def softmax_backward(dout, cache):\n    return cache * (dout - np.sum(dout * cache))",
        {("softmax backward", "dx"): "soft.over-all-rows"},
        Fraction(2),
    ),
    "always a tenth, as the slide has it": (
        "def leaky_relu_forward(x, slope, old=leaky_relu_forward):\n    return old(x, 0.1)",
        {("leaky", "out"): "leaky.fixed-tenth", ("leaky backward", "dx"): "leaky.fixed-tenth"},
        1 + Fraction(3, 4),
    ),
    "always a hundredth, and consistently so": (
        "def leaky_relu_forward(x, slope, old=leaky_relu_forward):\n    return old(x, 0.01)",
        {("leaky", "out"): "leaky.fixed-slope", ("leaky backward", "dx"): "leaky.fixed-slope"},
        1 + Fraction(3, 4),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert lost(findings) == cost


def test_a_self_check_shows_a_fixed_slope() -> None:
    for seed in SEEDS:
        public = [case for case in PROOF.plan(seed).cases["leaky_relu_forward"] if case.public]
        fixed = {"leaky.fixed-tenth", "leaky.fixed-slope"}
        assert all(fixed <= case.variants.keys() for case in public)
        assert all(
            np.abs(case.variants[id]["out"] - case.expected["out"]).max() > 1e-3
            for case in public
            for id in fixed
        )


def test_an_overflow_that_ends_in_the_right_number_costs_nothing() -> None:
    """The slides' 1 / (1 + exp(-x)): NumPy warns, and 1 / inf is 0."""
    code = "def sigmoid_forward(x):\n    out = 1 / (1 + np.exp(-x))\n    return out, out"
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert score(PROOF.graded(f"{BASE}\n\n{code}\n")) == 10


@pytest.mark.parametrize("share", [0, 0.4, 1])
def test_any_slope_between_the_two_sides_is_right_at_a_tie(share: float) -> None:
    code = (
        "def leaky_relu_backward(dout, cache):\n    x, slope = cache\n"
        f"    return dout * np.where(x == 0, slope + {share} * (1 - slope), np.where(x > 0, 1, slope))"
    )
    assert score(PROOF.graded(f"{BASE}\n\n{code}\n")) == 10
