from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import cnn

SIZES = st.tuples(*[st.integers(1, 3)] * 4, *[st.integers(4, 6)] * 2, *[st.integers(1, 3)] * 2)


def draw(seed: int, sizes: tuple[int, ...], stride: int, pad: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Arguments and an upstream gradient."""
    n, c, f, m, h, w, k, width = sizes
    rng = np.random.default_rng(seed)
    rows, cols = ((a + 2 * pad - b) // stride + 1 for a, b in ((h, k), (w, width)))
    shapes = [(n, c, h, w), (f, c, k, width), (f,), (f * (rows // 2) * (cols // 2), m), (m,)]
    return [rng.standard_normal(s) for s in shapes], rng.standard_normal((n, m))


@given(st.integers(0, 99), SIZES, st.integers(0, 1))
def test_agrees_with_naive_loops(seed: int, sizes: tuple[int, ...], pad: int) -> None:
    """Every path from a pixel to a score: only the largest of each 2 x 2 sends anything on, if positive."""
    (x, w1, b1, w2, b2), dscores = draw(seed, sizes, 1, pad)
    scores, cache = cnn.forward(x, w1, b1, w2, b2, 1, pad)
    slow = np.zeros_like(scores) + b2
    dx, dw1, db1, dw2 = (np.zeros_like(a) for a in (x, w1, b1, w2))
    kernel = list(product(*map(range, w1.shape[1:])))
    height, width = x.shape[2:]
    h2, w2_ = ((a + 2 * pad - b + 1) // 2 for a, b in zip(x.shape[2:], w1.shape[2:], strict=True))

    def pixel(n: int, c: int, row: int, col: int) -> float:
        inside = 0 <= row < height and 0 <= col < width
        return float(x[n, c, row, col]) if inside else 0.0

    for n, (d, (f, i, j)) in product(
        range(len(x)), enumerate(product(range(len(w1)), range(h2), range(w2_)))
    ):

        def a(at: tuple[int, int], n: int = n, f: int = f) -> float:
            seen = (w1[f, c, p, q] * pixel(n, c, at[0] + p - pad, at[1] + q - pad) for c, p, q in kernel)
            return float(b1[f] + sum(seen))

        top = max(product((2 * i, 2 * i + 1), (2 * j, 2 * j + 1)), key=a)
        if a(top) > 0:
            slow[n] += a(top) * w2[d]
            dw2[d] += a(top) * dscores[n]
            back = float(w2[d] @ dscores[n])
            db1[f] += back
            for c, p, q in kernel:
                row, col = top[0] + p - pad, top[1] + q - pad
                dw1[f, c, p, q] += back * pixel(n, c, row, col)
                if 0 <= row < height and 0 <= col < width:
                    dx[n, c, row, col] += back * w1[f, c, p, q]
    np.testing.assert_allclose(scores, slow, atol=1e-11)
    for ours, theirs in zip(cnn.backward(dscores, cache), (dx, dw1, db1, dw2, dscores.sum(0)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-11)


@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (1, 1), (2, 1), (1, 2)])
def test_agrees_with_pytorch(stride: int, pad: int) -> None:
    torch = pytest.importorskip("torch")
    arguments, dscores = draw(1, (3, 2, 4, 5, 7, 8, 3, 2), stride, pad)
    scores, cache = cnn.forward(*arguments, stride, pad)
    witness = [torch.tensor(a, requires_grad=True) for a in arguments]
    tx, w1, b1, w2, b2 = witness
    F = torch.nn.functional
    maps = F.max_pool2d(F.relu(F.conv2d(tx, w1, b1, stride=stride, padding=pad)), 2)
    theirs = F.linear(maps.flatten(1), w2.T, b2)
    theirs.backward(torch.tensor(dscores))
    np.testing.assert_allclose(scores, theirs.detach().numpy(), atol=1e-12)
    for ours, t in zip(cnn.backward(dscores, cache), witness, strict=True):
        np.testing.assert_allclose(ours, t.grad.numpy(), atol=1e-12)


def test_pooling_and_relu_may_change_places() -> None:
    from reference import affine, convolution, pooling

    (x, w1, b1, w2, b2), _ = draw(2, (3, 2, 4, 5, 6, 6, 3, 3), 1, 1)
    maps, _ = pooling.max_forward(convolution.forward(x, w1, b1, 1, 1)[0], 2, 2)
    swapped, _ = affine.forward(np.maximum(maps, 0), w2, b2)
    np.testing.assert_array_equal(cnn.forward(x, w1, b1, w2, b2, 1, 1)[0], swapped)


def test_changes_no_argument() -> None:
    arguments, dscores = draw(3, (2, 2, 3, 4, 4, 5, 3, 2), 1, 0)
    before = [a.copy() for a in (*arguments, dscores)]
    _, cache = cnn.forward(*arguments)
    cnn.backward(dscores, cache)
    for a, b in zip((*arguments, dscores), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    arguments, dscores = draw(4, (2, 2, 3, 4, 4, 5, 3, 2), 1, 1)
    scores, cache = cnn.forward(*(a.astype(dtype) for a in arguments), 1, 1)
    assert {a.dtype for a in (scores, *cnn.backward(dscores.astype(dtype), cache))} == {np.dtype(dtype)}
