"""What is peculiar to the assignment `filters`: its oracles against PyTorch and the lecture's numbers."""

from fractions import Fraction

import numpy as np
import pytest

from .proving import lost, named, proof

PROOF = proof("filters")
BASE = PROOF.solution("windows")
OPS = {op.forward: op for op in PROOF.assignment.ops}

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.mark.parametrize("shape", [(3, 3), (1, 5), (5, 3)])
def test_correlation_and_convolution_agree_with_pytorch(shape: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(6, 7)), rng.normal(size=shape)
    for name, weights in (("slide", kernel), ("convolve", kernel[::-1, ::-1].copy())):
        theirs = torch.nn.functional.conv2d(
            torch.tensor(image)[None, None], torch.tensor(weights)[None, None], padding="same"
        )
        np.testing.assert_allclose(OPS[name].oracle(image, kernel), theirs[0, 0].numpy(), atol=1e-12)


def test_pointwise_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(6, 3)), rng.normal(size=6)
    theirs = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(w)[:, :, None, None], torch.tensor(b))
    np.testing.assert_allclose(OPS["pointwise"].oracle(x, w, b), theirs.numpy(), atol=1e-12)


def test_the_map_moves_with_the_image_and_its_maximum_stays() -> None:
    """000:675 calls the map invariant; it is equivariant, and its maximum is invariant."""
    rng = np.random.default_rng(2)
    image, kernel = np.zeros((9, 9)), rng.normal(size=(3, 3))
    image[3:6, 2:5] = rng.normal(size=(3, 3))
    here, moved = (OPS["convolve"].oracle(x, kernel) for x in (image, np.roll(image, (1, 2), (0, 1))))
    np.testing.assert_allclose(moved, np.roll(here, (1, 2), (0, 1)))
    assert here.max() == moved.max()


def test_two_kernels_of_three_see_five() -> None:
    assert OPS["receptive_field"].oracle([3, 3], [1, 1]) == 5


MISTAKES = {
    "both are the same": (
        "def convolve(image, kernel):\n    return slide(image, kernel)",
        {("convolve", "out"): "fl.not-turned"},
        Fraction(2),
    ),
    "the blur is as wide as its size at the edges, too": (
        "def blur(image, size, old=blur):\n    return old(image, size) / old(np.ones_like(image), size)",
        {("blur", "out"): "fl.mean-of-inside"},
        Fraction(2),
    ),
    "strides count too early": (
        "def receptive_field(sizes, strides):\n"
        "    return 1 + int(sum((k - 1) * np.prod(strides[: i + 1]) for i, k in enumerate(sizes)))",
        {("receptive field", "width"): "rf.own-stride-counts"},
        Fraction(2),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, cost = MISTAKES[mistake]
    findings = PROOF.graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert lost(findings) == cost
