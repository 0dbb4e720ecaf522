"""What is peculiar to the assignment `convolution`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import pytest

from .proving import SEEDS, lost, named, proof

PROOF = proof("convolution")
BASE = PROOF.solution("four_loops")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

# Right by luck: on square images with square kernels, with padding, where the stride divides.
UNUSUAL_ONLY = {"conv.height-for-width", "conv.square-kernel", "conv.crop-empty", "conv.out-size-ceil"}


@pytest.mark.parametrize("seed", SEEDS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for _, v, shows in PROOF.shown(seed):
        assert shows is (v.id not in UNUSUAL_ONLY), v.id


def test_ordinary_images_and_kernels_are_square() -> None:
    """Taking the height for the width must cost the unusual tier alone."""
    for case in PROOF.plan().all_cases:
        if case.tier == "ordinary":
            for name in ("x", "w"):
                assert case.inputs[name].shape[2] == case.inputs[name].shape[3]
            assert case.inputs["pad"] > 0


def replaced(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new)


CROP = "dx_pad[:, :, pad : pad + H, pad : pad + W]"
MISTAKES = {
    "nothing left at padding 0": (
        replaced(CROP, "dx_pad[:, :, pad:-pad, pad:-pad]"),
        {"dx": "conv.crop-empty"},
        Fraction(3, 10),
    ),
    "not shifted back": (replaced(CROP, "dx_pad[:, :, :H, :W]"), {"dx": "conv.crop-shift"}, 3),
    "height for width": (
        replaced("W_prime = 1 + (W + 2", "W_prime = 1 + (H + 2"),
        {"out": "conv.height-for-width"},
        Fraction(4, 10),
    ),
    "kernels turned, and consistently so": (
        BASE.replace("* w[f])", "* w[f, :, ::-1, ::-1])")
        .replace("dw[f] +=", "dw[f, :, ::-1, ::-1] +=")
        .replace("+= w[f] *", "+= w[f, :, ::-1, ::-1] *"),
        {"out": "conv.true-convolution", "dx": "conv.true-convolution", "dw": "conv.true-convolution"},
        4 + Fraction(5, 2),
    ),
    "kernels turned in the forward alone": (
        BASE.replace("* w[f])", "* w[f, :, ::-1, ::-1])"),
        {"out": "conv.true-convolution"},
        4,
    ),
    "the stride is forgotten in the backward": (
        BASE.replace("slice(i * stride, i * stride", "slice(i, i").replace(
            "slice(j * stride, j * stride", "slice(j, j"
        ),
        {"dx": "conv.stride-ignored", "dw": "conv.stride-ignored"},
        5,
    ),
    "all three of the backward": (
        replaced("dw[f] +=", "dw[f] =").replace("+= w[f] *", "= w[f] *").replace("db[f] +=", "db[f] ="),
        {"dx": "conv.dx-overwrite", "dw": "conv.dw-last-window", "db": "conv.dw-overwrite"},
        6,
    ),
    "the last column is forgotten": (
        replaced("for j in range(dout.shape[3])", "for j in range(dout.shape[3] - 1)"),
        {"dx": "conv.dw-skip-last", "dw": "conv.dw-skip-last"},
        5,
    ),
    "reshaped before the axes are in order": (
        PROOF.solution("im2col")
        .replace(
            "cols = x_padded[:, k, i, j].transpose(1, 2, 0).reshape(c * kh * kw, -1)",
            "cols = x_padded[:, k, i, j].transpose(1, 0, 2).reshape(c * kh * kw, -1)",
        )
        .replace(
            "out.reshape(f, height, width, n).transpose(3, 0, 1, 2)", "out.reshape(n, f, height, width)"
        ),
        {"out": "conv.im2col-output-order", "dw": ""},
        6,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    text, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(text)
    assert {tensor: id for (_, tensor), id in named(findings).items()} == names
    assert lost(findings) == cost
