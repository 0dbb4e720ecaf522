from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.pooling import backward, max_forward, mean_forward

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
WINDOW = np.array([[6.0, 8], [3, 5]])  # 000:783
Shape = tuple[int, int, int, int]


def draw(seed: int, shape: Shape) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@given(st.integers(0, 99), SHAPES, st.integers(1, 3), st.integers(1, 4), st.booleans())
def test_agrees_with_naive_loops(seed: int, shape: Shape, size: int, stride: int, ties: bool) -> None:
    """Window by window; with ties the first pixel, row by row, gets the gradient."""
    x = draw(seed, shape).round() if ties else draw(seed, shape)
    if size > min(shape[2:]):
        with pytest.raises(ValueError, match="does not fit"):
            max_forward(x, size, stride)
        return
    rows, cols = ((length - size) // stride + 1 for length in shape[2:])
    most, most_cache = max_forward(x, size, stride)
    mean, mean_cache = mean_forward(x, size, stride)
    assert most.shape == mean.shape == (*shape[:2], rows, cols)
    dout = draw(seed + 1, most.shape)
    dmost, dmean = np.zeros_like(x), np.zeros_like(x)
    for (n, c, i, j), d in np.ndenumerate(dout):
        window = [(i * stride + p, j * stride + q) for p in range(size) for q in range(size)]
        winner = max(window, key=lambda place: x[n, c, *place])
        assert most[n, c, i, j] == x[n, c, *winner]
        assert mean[n, c, i, j] == pytest.approx(sum(x[n, c, *place] for place in window) / size**2)
        dmost[n, c, *winner] += d
        for place in window:
            dmean[n, c, *place] += d / size**2
    np.testing.assert_allclose(backward(dout, most_cache), dmost, atol=1e-12)
    np.testing.assert_allclose(backward(dout, mean_cache), dmean, atol=1e-12)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 1), (2, 3), (5, 4), (1, 1)])
@pytest.mark.parametrize(("ours", "theirs"), [(max_forward, "max_pool2d"), (mean_forward, "avg_pool2d")])
def test_agrees_with_pytorch(ours: Any, theirs: str, size: int, stride: int) -> None:
    torch = pytest.importorskip("torch")
    x = draw(3, (2, 3, 7, 6))
    out, cache = ours(x, size, stride)
    tx = torch.tensor(x, requires_grad=True)
    tout = getattr(torch.nn.functional, theirs)(tx, size, stride)
    dout = draw(4, out.shape)
    tout.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, tout.detach().numpy(), rtol=1e-13)
    np.testing.assert_allclose(backward(dout, cache), tx.grad.numpy(), atol=1e-13)


def test_pytorch_too_gives_the_first_of_equal_pixels_all() -> None:
    torch = pytest.importorskip("torch")
    x = torch.ones(1, 1, 2, 2, requires_grad=True)
    torch.nn.functional.max_pool2d(x, 2).backward(torch.ones(1, 1, 1, 1))
    _, cache = max_forward(np.ones((1, 1, 2, 2)), 2, 2)
    ours = backward(np.ones((1, 1, 1, 1)), cache)
    assert ours[0, 0].tolist() == x.grad[0, 0].tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(("place", "value", "most"), [((0, 0), 7, 8), ((0, 1), 9, 9)])
def test_the_lectures_window(place: tuple[int, int], value: float, most: float) -> None:
    """6 to 7 leaves the maximum where it is, 8 to 9 takes it along."""
    moved = WINDOW.copy()
    moved[place] = value
    assert max_forward(moved[None, None], 2, 2)[0].item() == most
    out, cache = max_forward(WINDOW[None, None], 2, 2)
    assert out.item() == 8
    assert backward(np.ones((1, 1, 1, 1)), cache)[0, 0][place] == most - out.item()


def test_the_mean_of_the_lectures_window() -> None:
    out, cache = mean_forward(WINDOW[None, None], 2, 2)
    assert out.item() == 5.5
    assert backward(np.ones((1, 1, 1, 1)), cache)[0, 0].tolist() == [[0.25, 0.25], [0.25, 0.25]]


def test_pixels_that_no_window_reaches_get_no_gradient() -> None:
    x = draw(5, (2, 3, 5, 6))
    for pool in (max_forward, mean_forward):
        out, cache = pool(x, 2, 3)
        dx = backward(np.ones_like(out), cache)
        assert out.shape == (2, 3, 2, 2)
        assert not dx[:, :, 2].any()
        assert not dx[..., [2, 5]].any()


@pytest.mark.parametrize("pool", [max_forward, mean_forward])
def test_the_gradients_of_a_window_add_up_to_its_dout(pool: Any) -> None:
    x = draw(6, (3, 2, 4, 6))
    out, cache = pool(x, 2, 2)
    dout = draw(7, out.shape)
    dx = backward(dout, cache)
    np.testing.assert_allclose(dx.reshape(3, 2, 2, 2, 3, 2).sum(axis=(3, 5)), dout, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype_and_the_argument(dtype: type) -> None:
    x = draw(8, (2, 3, 5, 4)).astype(dtype)
    before = x.copy()
    for pool in (max_forward, mean_forward):
        out, cache = pool(x, 3, 1)
        assert {out.dtype, backward(out, cache).dtype} == {np.dtype(dtype)}
    np.testing.assert_array_equal(x, before)
