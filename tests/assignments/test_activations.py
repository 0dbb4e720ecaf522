"""What is peculiar to the assignment `activations`: what overflows, and the slope at a tie."""

from fractions import Fraction

import pytest

from .proving import lost, named, proof, score

PROOF = proof("activations")
BASE = PROOF.solution("halves")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

MISTAKES = {
    "the slides' sigmoid, and its backward": (
        "def sigmoid_forward(x):\n    out = np.exp(x) / (1 + np.exp(x))\n    return out, out",
        {("sigmoid", "out"): "sig.overflow", ("sigmoid backward", "dx"): "sig.overflow"},
        Fraction(1, 10) + Fraction(15, 200),
    ),
    "only the diagonal": (
        "def softmax_backward(dout, cache):\n    return dout * cache * (1 - cache)",
        {("softmax backward", "dx"): "soft.diagonal"},
        Fraction(2),
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


@pytest.mark.parametrize("share", [0, 0.4, 1])
def test_any_slope_between_the_two_sides_is_right_at_a_tie(share: float) -> None:
    code = (
        "def leaky_relu_backward(dout, cache):\n    x, slope = cache\n"
        f"    return dout * np.where(x == 0, slope + {share} * (1 - slope), np.where(x > 0, 1, slope))"
    )
    assert score(PROOF.graded(f"{BASE}\n\n{code}\n")) == 10
