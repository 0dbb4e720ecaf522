"""What is peculiar to the assignment `pooling`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import pytest

from .proving import SEEDS, lost, named, proof, score

PROOF = proof("pooling")
BASE = PROOF.solution("window_loops")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

# Right by luck: on square maps, where windows lie side by side and cover all of it.
UNUSUAL_ONLY = {
    "avgpool.divided-by-stride",
    "pool.ceil-floor",
    "pool.height-for-width",
    "pool.overlap-assign",
    "pool.overlap-assign-maximum",
    "pool.stride-is-size",
    "pool.ties-all",
    "pool.ties-last",
    "pool.ties-shared",
}
BY_CHANCE = {"pool.from-zero"}  # an ordinary window may have no positive number


@pytest.mark.parametrize("seed", SEEDS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for _, v, shows in PROOF.shown(seed):
        assert v.id in BY_CHANCE or shows is (v.id not in UNUSUAL_ONLY), v.id


def test_ordinary_maps_are_square_and_covered() -> None:
    """Whoever is right by luck must lose the unusual tier alone."""
    for case in PROOF.plan().all_cases:
        if case.tier == "ordinary":
            *_, height, width = case.inputs["x"].shape
            assert height == width
            assert case.inputs["size"] == case.inputs["stride"]
            assert height % case.inputs["size"] == 0


def replaced(old: str, new: str, text: str = BASE) -> str:
    assert old in text
    return text.replace(old, new)


MASKS = PROOF.solution("masks")
AVERAGE = "dx[n, c, rows, cols] += dout"
MISTAKES = {
    "assigned where windows overlap": (
        replaced("+=", "="),
        {"max backward": "pool.overlap-assign-maximum", "average backward": "pool.overlap-assign"},
        Fraction(65, 100),
    ),
    "whole windows assigned": (
        replaced("+=", "=", MASKS),
        dict.fromkeys(["max backward", "average backward"], "pool.overlap-assign"),  # ties are set aside
        Fraction(65, 100),
    ),
    "the last windows are forgotten": (
        replaced("range(W_out)", "range(W_out - 1)").replace("range(H_out)", "range(H_out - 1)"),
        dict.fromkeys([part.name for part in PROOF.assignment.parts], "pool.last-window"),
        Fraction(35, 10) + Fraction(65, 20),
    ),
    "means everywhere": (
        replaced("np.max(window)", "np.mean(window)").replace(
            "dx[n, c, i * stride + row, j * stride + col] += dout[n, c, i, j]",
            "dx[n, c, i * stride:, j * stride:][:size, :size] += dout[n, c, i, j] / size**2",
        ),
        {"max forward": "pool.average", "max backward": "pool.average"},
        4,
    ),
    "a place in the window": (
        replaced("dx[n, c, i * stride + row, j * stride + col]", "dx[n, c, row, col]"),
        {"max backward": "pool.index-in-window"},
        4,
    ),
    "sums, and consistently so": (
        replaced("np.mean(window)", "np.sum(window)").replace(" / (size * size)", ""),
        {"average forward": "avgpool.no-divide", "average backward": "avgpool.no-divide"},
        Fraction(15, 10) + Fraction(125, 100),
    ),
    "the maximum starts at zero": (
        replaced("np.max(window)", "max(0, np.max(window))"),
        {"max forward": "pool.from-zero"},
        None,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    text, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(text)
    assert {part: id for (part, _), id in named(findings).items()} == names
    assert cost is None or lost(findings) == cost


TIES = {"first": "0", "last": "-1", "some": "c % (window == window.max()).sum()"}


@pytest.mark.parametrize("which", TIES)
def test_any_of_equal_maxima_may_get_the_gradient(which: str) -> None:
    old = "np.unravel_index(np.argmax(window), window.shape)"
    assert score(PROOF.graded(replaced(old, f"np.argwhere(window == window.max())[{TIES[which]}]"))) == 10


def test_no_pixel_but_a_maximum_may_get_the_gradient_of_a_tie() -> None:
    old = "np.unravel_index(np.argmax(window), window.shape)"
    findings = PROOF.graded(replaced(old, "np.argwhere(window == window.max())[0] * (window.max() > 0)"))
    assert score(findings) < 10
