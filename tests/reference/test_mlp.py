import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import mlp

SIZES = st.tuples(*[st.integers(1, 5)] * 4)


def draw(seed: int, n: int, d: int, h: int, c: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Arguments and an upstream gradient."""
    rng = np.random.default_rng(seed)
    shapes = [(n, d), (d, h), (h,), (h, c), (c,)]
    return [rng.standard_normal(shape) for shape in shapes], rng.standard_normal((n, c))


@given(st.integers(0, 99), SIZES)
def test_agrees_with_naive_loops(seed: int, sizes: tuple[int, int, int, int]) -> None:
    """Every path from an input to a score, one at a time."""
    n, d, h, c = sizes
    (x, w1, b1, w2, b2), dscores = draw(seed, *sizes)
    scores, cache = mlp.forward(x, w1, b1, w2, b2)
    naive = [np.zeros_like(t) for t in (x, w1, b1, w2, b2)]
    dx, dw1, db1, dw2, db2 = naive
    for i in range(n):
        a = [b1[k] + sum(x[i, j] * w1[j, k] for j in range(d)) for k in range(h)]
        active = [k for k in range(h) if a[k] > 0]
        for m in range(c):
            assert scores[i, m] == pytest.approx(b2[m] + sum(a[k] * w2[k, m] for k in active))
            db2[m] += dscores[i, m]
            for k in active:
                dw2[k, m] += dscores[i, m] * a[k]
                db1[k] += dscores[i, m] * w2[k, m]
                for j in range(d):
                    dw1[j, k] += dscores[i, m] * w2[k, m] * x[i, j]
                    dx[i, j] += dscores[i, m] * w2[k, m] * w1[j, k]
    for ours, theirs in zip(mlp.backward(dscores, cache), naive, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("image", [(6,), (2, 3, 4)])
def test_agrees_with_pytorch(image: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    (x, *parameters), dscores = draw(3, 5, int(np.prod(image)), 7, 4)
    x = x.reshape(5, *image)
    scores, cache = mlp.forward(x, *parameters)
    witness = [torch.tensor(t, requires_grad=True) for t in (x, *parameters)]
    tx, w1, b1, w2, b2 = witness
    linear = torch.nn.functional.linear
    theirs = linear(torch.relu(linear(tx.flatten(1), w1.T, b1)), w2.T, b2)
    theirs.backward(torch.tensor(dscores))
    np.testing.assert_allclose(scores, theirs.detach().numpy(), rtol=1e-12)
    for ours, t in zip(mlp.backward(dscores, cache), witness, strict=True):
        np.testing.assert_allclose(ours, t.grad.numpy(), rtol=1e-11, atol=1e-13)


def test_a_unit_that_is_never_active_gets_no_gradient() -> None:
    (x, w1, b1, w2, b2), dscores = draw(1, 6, 3, 4, 2)
    b1[2] = -100
    _, cache = mlp.forward(x, w1, b1, w2, b2)
    _, dw1, db1, dw2, _ = mlp.backward(dscores, cache)
    assert not dw1[:, 2].any()
    assert db1[2] == 0
    assert not dw2[2].any()


def test_changes_no_argument() -> None:
    arguments, dscores = draw(2, 4, 3, 5, 2)
    before = [a.copy() for a in (*arguments, dscores)]
    _, cache = mlp.forward(*arguments)
    mlp.backward(dscores, cache)
    for a, b in zip((*arguments, dscores), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    arguments, dscores = draw(4, 4, 3, 5, 2)
    scores, cache = mlp.forward(*(a.astype(dtype) for a in arguments))
    found = (scores, *mlp.backward(dscores.astype(dtype), cache))
    assert {a.dtype for a in found} == {np.dtype(dtype)}
