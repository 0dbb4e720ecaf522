import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import affine

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def draw(seed: int, n: int, d: list[int], m: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    shapes = [(n, *d), (int(np.prod(d)), m), (m,), (n, m)]
    x, w, b, dout = (rng.standard_normal(s) for s in shapes)
    return x, w, b, dout


@given(st.integers(0, 99), st.integers(1, 5), SHAPES, st.integers(1, 4))
def test_agrees_with_naive_loops(seed: int, n: int, d: list[int], m: int) -> None:
    x, w, b, dout = draw(seed, n, d, m)
    out, cache = affine.forward(x, w, b)
    dx, dw, db = affine.backward(dout, cache)
    rows = [list(example.flat) for example in x]
    drows, dw_, db_ = np.zeros((n, len(w))), np.zeros_like(w), np.zeros_like(b)
    for i in range(n):
        for k in range(m):
            assert out[i, k] == pytest.approx(b[k] + sum(v * w[j, k] for j, v in enumerate(rows[i])))
            db_[k] += dout[i, k]
            for j in range(len(w)):
                drows[i, j] += dout[i, k] * w[j, k]
                dw_[j, k] += dout[i, k] * rows[i][j]
    np.testing.assert_allclose(dx, drows.reshape(x.shape), atol=1e-13)
    np.testing.assert_allclose(dw, dw_, atol=1e-13)
    np.testing.assert_allclose(db, db_, atol=1e-13)


@pytest.mark.parametrize("d", [[6], [2, 3, 4]])
def test_agrees_with_pytorch(d: list[int]) -> None:
    torch = pytest.importorskip("torch")
    x, w, b, dout = draw(1, 5, d, 3)
    out, cache = affine.forward(x, w, b)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    tout = torch.nn.functional.linear(tx.flatten(1), tw.T, tb)
    tout.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, tout.detach().numpy(), rtol=1e-12)
    for ours, theirs in zip(affine.backward(dout, cache), (tx, tw, tb), strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-12, atol=1e-14)


def test_an_empty_batch_is_no_error() -> None:
    x, w, b, dout = draw(1, 0, [2, 3], 4)
    out, cache = affine.forward(x, w, b)
    dx, dw, db = affine.backward(dout, cache)
    assert out.shape == (0, 4)
    assert dx.shape == x.shape
    assert not dw.any()
    assert not db.any()


def test_refuses_weights_of_another_width() -> None:
    with pytest.raises(ValueError, match="reshape"):
        affine.forward(np.ones((2, 6)), np.ones((5, 3)), np.ones(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    x, w, b, dout = (a.astype(dtype) for a in draw(1, 3, [2, 2], 5))
    out, cache = affine.forward(x, w, b)
    assert {a.dtype for a in (out, *affine.backward(dout, cache))} == {np.dtype(dtype)}
