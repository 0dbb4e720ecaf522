from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import convolution
from reference.convolution import backward, forward, receptive_field, true_convolution

# 002:363-390: a binary image and its kernel
IMAGE = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
KERNEL = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])

SIZES = st.tuples(*[st.integers(1, 3)] * 3, *[st.integers(1, 5)] * 2, *[st.integers(1, 3)] * 2)
STRIDES = st.tuples(st.integers(1, 3), st.integers(1, 3))
PADS = st.tuples(st.integers(0, 2), st.integers(0, 2))
Sizes = tuple[int, int, int, int, int, int, int]
Pair = tuple[int, int]


def draw(seed: int, sizes: Sizes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, c, f, h, w, k, m = sizes
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, c, h, w)), rng.normal(size=(f, c, k, m)), rng.normal(size=f)


def upstream(seed: int, out: np.ndarray) -> np.ndarray:
    return np.random.default_rng([seed, 1]).normal(size=out.shape)


def slid(image: np.ndarray, kernel: np.ndarray, stride: int = 1, pad: int = 0) -> np.ndarray:
    """One image, one kernel, no bias."""
    x, w = image[None, None].astype(float), np.asarray(kernel)[None, None].astype(float)
    out, _ = forward(x, w, np.zeros(1), stride, pad)
    return out[0, 0]


@given(st.integers(0, 99), SIZES, STRIDES, PADS)
def test_agrees_with_naive_loops(seed: int, sizes: Sizes, stride: Pair, pad: Pair) -> None:
    """Every product of a weight and a pixel, one at a time; what lies outside the image is skipped."""
    x, w, b = draw(seed, sizes)
    height, width, k, m = sizes[3:]
    if k > height + 2 * pad[0] or m > width + 2 * pad[1]:
        with pytest.raises(ValueError, match="does not fit"):
            forward(x, w, b, stride, pad)
        return
    out, cache = forward(x, w, b, stride, pad)
    rows = (height + 2 * pad[0] - k) // stride[0] + 1
    cols = (width + 2 * pad[1] - m) // stride[1] + 1
    assert out.shape == (len(x), len(w), rows, cols)
    dout = upstream(seed, out)
    slow, dx, dw = np.zeros_like(out) + b[:, None, None], np.zeros_like(x), np.zeros_like(w)
    for (n, f, i, j), d in np.ndenumerate(dout):
        for c, p, q in product(*map(range, w.shape[1:])):
            row, col = i * stride[0] + p - pad[0], j * stride[1] + q - pad[1]
            if 0 <= row < height and 0 <= col < width:
                slow[n, f, i, j] += w[f, c, p, q] * x[n, c, row, col]
                dx[n, c, row, col] += w[f, c, p, q] * d
                dw[f, c, p, q] += x[n, c, row, col] * d
    np.testing.assert_allclose(out, slow, atol=1e-12)
    for ours, theirs in zip(backward(dout, cache), (dx, dw, dout.sum((0, 2, 3))), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2, (2, 3)])
@pytest.mark.parametrize("pad", [0, 1, (2, 1)])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 3), (4, 1)])
def test_agrees_with_pytorch(kernel: Pair, stride: int | Pair, pad: int | Pair) -> None:
    torch = pytest.importorskip("torch")
    x, w, b = draw(1, (3, 2, 4, 6, 5, *kernel))
    out, cache = forward(x, w, b, stride, pad)
    witness = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]
    theirs = torch.nn.functional.conv2d(*witness, stride=stride, padding=pad)
    dout = upstream(1, out)
    theirs.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, theirs.detach().numpy(), atol=1e-12)
    for ours, t in zip(backward(dout, cache), witness, strict=True):
        np.testing.assert_allclose(ours, t.grad.numpy(), atol=1e-12)


def test_the_lectures_binary_image() -> None:
    assert slid(IMAGE, KERNEL).tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
    assert slid(IMAGE, KERNEL, stride=2).tolist() == [[4, 4], [2, 4]]


def test_nine_outputs_from_ten_parameters() -> None:
    x, w, b = draw(2, (1, 1, 1, 3, 3, 3, 3))
    out, _ = forward(x, w, b, pad=1)
    assert out.size == 9
    assert w.size + b.size == 10


# 000:645-720: two diagonals and an anti-diagonal of ones
FALLING = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
RISING = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
MOVED = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("image", "map_", "most"),
    [
        (FALLING, [[0, 0, 0], [0, 1, 0], [0, 0, 2]], 2),
        (RISING, [[0, 0, 0], [0, 0, 1], [0, 1, 0]], 1),
        (MOVED, [[2, 0, 0], [0, 1, 0], [0, 0, 0]], 2),
    ],
)
def test_the_lectures_simple_classifier(image: np.ndarray, map_: list[list[int]], most: int) -> None:
    found = slid(image, np.eye(2))
    assert found.tolist() == map_
    assert found.max() == most


def test_true_convolution_turns_the_kernel() -> None:
    """The lectures' kernels look the same when turned, so an asymmetric one decides."""
    kernel = np.array([[1.0, 2], [3, 4]])
    spot = np.zeros((3, 3))
    spot[1, 1] = 1
    assert slid(spot, kernel).tolist() == [[4, 3], [2, 1]]
    x, w = spot[None, None], kernel[None, None]
    assert true_convolution(x, w, np.zeros(1))[0][0, 0].tolist() == [[1, 2], [3, 4]]


@given(st.integers(0, 99), st.integers(0, 3), st.integers(0, 3))
def test_true_convolution_is_the_polynomial_product(seed: int, height: int, width: int) -> None:
    """Of two polynomials in two variables: convolution commutes, correlation doesn't."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(4, 4)), rng.normal(size=(height + 1, width + 1))
    full = np.zeros((4 + height, 4 + width))
    for (i, j), v in np.ndenumerate(b):
        full[i : i + 4, j : j + 4] += v * a
    ours, _ = true_convolution(a[None, None], b[None, None], np.zeros(1), pad=(height, width))
    np.testing.assert_allclose(ours[0, 0], full, atol=1e-12)


@given(st.integers(0, 99), st.integers(-2, 2), st.integers(-2, 2))
def test_a_shifted_image_gives_a_shifted_map_with_the_same_maximum(seed: int, down: int, along: int) -> None:
    rng = np.random.default_rng(seed)
    image, kernel = np.zeros((9, 9)), rng.normal(size=(3, 3))
    image[3:6, 3:6] = rng.normal(size=(3, 3))
    shifted = np.roll(image, (down, along), (0, 1))
    before, after = slid(image, kernel, pad=1), slid(shifted, kernel, pad=1)
    np.testing.assert_array_equal(after, np.roll(before, (down, along), (0, 1)))
    assert after.max() == before.max()


def test_one_by_one_mixes_the_channels_of_a_pixel() -> None:
    x, w, b = draw(3, (2, 5, 3, 4, 3, 1, 1))
    out, _ = forward(x, w, b)
    pixels = x.transpose(0, 2, 3, 1) @ w[:, :, 0, 0].T + b
    np.testing.assert_allclose(out, pixels.transpose(0, 3, 1, 2), atol=1e-12)


@pytest.mark.parametrize(
    ("layers", "width"),
    [([], 1), ([(3, 1)], 3), ([(3, 1)] * 2, 5), ([(7, 2), (3, 2)], 11), ([(2, 2)] * 3, 8), ([(1, 1)], 1)],
)
def test_receptive_field(layers: list[Pair], width: int) -> None:
    """Two 3 x 3 see 5 x 5; what an output sees is where its gradient isn't zero."""
    assert receptive_field(layers) == width
    caches, x = [], np.ones((1, 1, 16, 16))
    for size, stride in layers:
        x, cache = forward(x, np.ones((1, 1, size, size)), np.zeros(1), stride)
        caches.append(cache)
    dout = np.zeros_like(x)
    dout[0, 0, 0, 0] = 1
    for cache in reversed(caches):
        dout, _, _ = backward(dout, cache)
    assert np.flatnonzero(dout[0, 0, 0]).size == width


def test_forward_and_backward_are_adjoint() -> None:
    """Without bias the layer is linear in x and in w: <dx, x> = <dout, out> = <dw, w>."""
    x, w, b = draw(5, (2, 3, 4, 6, 5, 3, 2))
    out, cache = forward(x, w, 0 * b, 2, 1)
    dout = upstream(5, out)
    dx, dw, _ = backward(dout, cache)
    for gradient, variable in ((dx, x), (dw, w)):
        assert np.sum(gradient * variable) == pytest.approx(np.sum(dout * out))


def test_refuses_a_kernel_larger_than_the_padded_image() -> None:
    with pytest.raises(ValueError, match="a window of 4 does not fit into 3"):
        forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 4, 2)), np.ones(1))


def test_changes_no_argument() -> None:
    arguments = draw(2, (2, 3, 2, 4, 5, 3, 2))
    before = [a.copy() for a in arguments]
    out, cache = forward(*arguments, 1, 0)
    backward(np.ones_like(out), cache)
    for a, kept in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(a, kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    out, cache = forward(*(a.astype(dtype) for a in draw(4, (2, 3, 2, 4, 5, 3, 2))), 2, 1)
    assert {a.dtype for a in (out, *backward(out, cache))} == {np.dtype(dtype)}


def test_a_pixel_seen_twice_counts_twice() -> None:
    rows = convolution.windows(3, 2, 1)
    seen = convolution.patches(np.ones((1, 1, 3, 3)), rows, rows)
    total = convolution.put_back(seen, np.ones((1, 1, 3, 3)), rows, rows)
    assert total[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
