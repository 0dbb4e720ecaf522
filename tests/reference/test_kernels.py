import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import kernels


def picture(seed: int, height: int = 6, width: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(height, width))


def test_edges_of_an_even_image_are_zero_inside() -> None:
    found = kernels.apply(kernels.EDGES, np.full((5, 6), 3.0))
    assert not found[1:-1, 1:-1].any()
    assert found[0, 0] == 3.0 * (8 - 3)  # a corner has three neighbours, the border is dark


def test_an_edge_is_found() -> None:
    """A step from 0 to 1 leaves -3 on its dark side and 3 on its bright one."""
    step = np.repeat([[0.0, 0, 0, 1, 1, 1]], 5, axis=0)
    assert kernels.apply(kernels.EDGES, step)[2].tolist()[1:5] == [0, -3, 3, 0]


def test_sharpening_adds_what_a_pixel_differs_from_its_neighbours() -> None:
    image = picture(1)
    inner = image[1:-1, 1:-1]
    neighbours = image[:-2, 1:-1], image[2:, 1:-1], image[1:-1, :-2], image[1:-1, 2:]
    expected = inner + sum(inner - other for other in neighbours)
    np.testing.assert_allclose(kernels.apply(kernels.SHARPEN, image)[1:-1, 1:-1], expected, atol=1e-12)


def test_brightness_is_kept() -> None:
    assert kernels.EDGES.sum() == 0
    assert kernels.SHARPEN.sum() == 1
    assert kernels.box(3, 5).sum() == pytest.approx(1)


@given(st.integers(0, 99), st.sampled_from([1, 3, 5]), st.integers(1, 7), st.integers(1, 7))
def test_two_passes_equal_one(seed: int, size: int, height: int, width: int) -> None:
    image = picture(seed, height, width)
    at_once = kernels.apply(kernels.box(size, size), image)
    np.testing.assert_allclose(kernels.blur(image, size), at_once, atol=1e-12)


def test_blur_is_the_mean_of_nine() -> None:
    image = picture(2)
    assert kernels.blur(image)[3, 4] == pytest.approx(image[2:5, 3:6].mean())


@pytest.mark.parametrize("kernel", [kernels.EDGES, kernels.SHARPEN, kernels.box(3, 3), picture(3, 3, 5)])
def test_agrees_with_pytorch(kernel: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    image = picture(4)
    theirs = torch.nn.functional.conv2d(
        torch.tensor(image)[None, None], torch.tensor(kernel)[None, None], padding="same"
    )
    np.testing.assert_allclose(kernels.apply(kernel, image), theirs[0, 0].numpy(), atol=1e-12)


def test_refuses_a_kernel_without_a_centre() -> None:
    with pytest.raises(ValueError, match="2 x 3 has no pixel at its centre"):
        kernels.apply(np.ones((2, 3)), picture(1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    assert kernels.blur(picture(5).astype(dtype)).dtype == dtype
