"""What is peculiar to the assignment `cnn`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import pytest

from .proving import SEEDS, lost, named, proof

PROOF = proof("cnn")
BASE = PROOF.solution("course_style")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

UNUSUAL_ONLY = {"conv.crop-empty"}  # right by luck: with padding


@pytest.mark.parametrize("seed", SEEDS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for _, v, shows in PROOF.shown(seed):
        assert shows is (v.id not in UNUSUAL_ONLY), v.id


def test_ordinary_images_and_kernels_are_square() -> None:
    """Taking the height for the width must cost the unusual tier alone."""
    for case in PROOF.plan().all_cases:
        if case.tier == "ordinary":
            for name in ("x", "w1"):
                assert case.inputs[name].shape[2] == case.inputs[name].shape[3]
            assert case.inputs["pad"] > 0


def replaced(old: str, new: str, text: str = BASE) -> str:
    assert old in text
    return text.replace(old, new)


CLASSES = PROOF.solution("layer_classes")
MISTAKES = {
    "no ReLU, and consistently so": (
        replaced("ReLU(), ", "", CLASSES).replace("net[-1]", "net[3]"),
        dict.fromkeys(("scores", "dx", "dw1", "db1", "dw2"), "cnn.no-relu"),
        3 + 3,
    ),
    "no ReLU in the backward": (
        replaced("da = relu_backward(ds, relu_cache)", "da = ds"),
        dict.fromkeys(("dx", "dw1", "db1"), "cnn.no-relu-mask-ties"),
        5,
    ),
    "average pooling, and consistently so": (
        replaced("out = np.maximum.reduce(quarters)", "out = sum(quarters) / 4", CLASSES).replace(
            "self.shares = [t / total for t in ties]", "self.shares = [0.25] * 4"
        ),
        dict.fromkeys(("scores", "dx", "dw1", "db1", "dw2"), "pool.average"),
        3 + 3,
    ),
    "channels last when flattened": (
        replaced(
            "x.reshape(x.shape[0], -1)\n", "x.transpose(0, 2, 3, 1).reshape(len(x), -1)\n", CLASSES
        ).replace(
            "return d.reshape(self.shape)",
            "n, c, h, w = self.shape; return d.reshape(n, h, w, c).transpose(0, 3, 1, 2)",
        ),
        dict.fromkeys(("scores", "dx", "dw1", "db1", "dw2"), "cnn.flatten-order"),
        3 + 3,
    ),
    "every pixel of a window gets the gradient": (
        replaced("mask * dout", "dout", BASE),
        dict.fromkeys(("dx", "dw1", "db1"), "pool.whole-window"),
        5,
    ),
    "biases averaged": (
        replaced("np.sum(dout, axis=(0, 2, 3))", "np.mean(dout, axis=(0, 2, 3))").replace(
            "dout.sum(axis=0)", "dout.mean(axis=0)"
        ),
        {"db1": "conv.db-mean", "db2": "affine.db-mean"},
        2,
    ),
    "nothing left at padding 0": (
        replaced("dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad[:, :, pad:-pad, pad:-pad]"),
        {"dx": "conv.crop-empty"},
        Fraction(2, 10),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    text, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(text)
    assert {tensor: id for (_, tensor), id in named(findings).items()} == names
    assert lost(findings) == cost
