import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import batchnorm
from reference import weightnorm as wn

SEEDS, SIZES = st.integers(0, 999), st.integers(1, 6)


def draw(seed: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 3 * rng.standard_normal((m, d)), rng.standard_normal(m), rng.standard_normal((m, d))


@given(SEEDS, SIZES, SIZES)
def test_agrees_with_naive_loops(seed: int, m: int, d: int) -> None:
    v, g, dw = draw(seed, m, d)
    w, cache = wn.forward(v, g)
    dv, dg = wn.backward(dw, cache)
    for i in range(m):
        length = sum(a * a for a in v[i]) ** 0.5
        along = sum(dw[i, j] * v[i, j] for j in range(d))
        np.testing.assert_allclose(w[i], [g[i] * a / length for a in v[i]])
        np.testing.assert_allclose(dg[i], along / length, atol=1e-12)
        for j in range(d):  # dw_k/dv_j = g (1{j = k} / |v| - v_j v_k / |v|^3)
            expected = sum(
                dw[i, k] * g[i] * ((j == k) / length - v[i, j] * v[i, k] / length**3) for k in range(d)
            )
            np.testing.assert_allclose(dv[i, j], expected, rtol=1e-8, atol=1e-9)


def test_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    v, g, dw = draw(4, 5, 7)
    layer = torch.nn.utils.parametrizations.weight_norm(
        torch.nn.Linear(7, 5, bias=False, dtype=torch.float64)
    )
    with torch.no_grad():
        layer.parametrizations.weight.original0.copy_(torch.tensor(g[:, None]))
        layer.parametrizations.weight.original1.copy_(torch.tensor(v))
    layer.weight.backward(torch.tensor(dw))
    w, cache = wn.forward(v, g)
    dv, dg = wn.backward(dw, cache)
    np.testing.assert_allclose(w, layer.weight.detach().numpy())
    np.testing.assert_allclose(dg, layer.parametrizations.weight.original0.grad.numpy()[:, 0])
    np.testing.assert_allclose(dv, layer.parametrizations.weight.original1.grad.numpy(), atol=1e-14)


@given(SEEDS, SIZES, SIZES)
def test_the_length_is_g_and_the_gradient_is_orthogonal_to_v(seed: int, m: int, d: int) -> None:
    v, g, dw = draw(seed, m, d)
    w, cache = wn.forward(v, g)
    dv, _ = wn.backward(dw, cache)
    np.testing.assert_allclose(np.linalg.norm(w, axis=1), np.abs(g))
    scale = np.linalg.norm(v, axis=1) * np.linalg.norm(dw, axis=1) * (1 + np.abs(g)) / np.abs(v).min()
    np.testing.assert_array_less(np.abs((dv * v).sum(axis=1)), 1e-12 * scale)
    np.testing.assert_allclose(sum(wn.terms(dw, cache).values()), dv, atol=1e-12)


@given(SEEDS, st.floats(0.1, 100))
def test_to_scale_v_changes_w_not_at_all_and_dv_inversely(seed: int, a: float) -> None:
    v, g, dw = draw(seed, 3, 4)
    w, cache = wn.forward(v, g)
    scaled, scaled_cache = wn.forward(a * v, g)
    np.testing.assert_allclose(scaled, w)
    np.testing.assert_allclose(a * wn.backward(dw, scaled_cache)[0], wn.backward(dw, cache)[0], atol=1e-10)
    np.testing.assert_allclose(wn.backward(dw, scaled_cache)[1], wn.backward(dw, cache)[1], atol=1e-12)


def test_a_single_column_has_no_direction_to_turn() -> None:
    w, cache = wn.forward(np.array([[3.0], [-2.0]]), np.array([5.0, 7.0]))
    np.testing.assert_array_equal(w, [[5], [-7]])
    dv, dg = wn.backward(np.ones((2, 1)), cache)
    np.testing.assert_array_equal(dv, 0)
    np.testing.assert_array_equal(dg, [1, -1])


@given(SEEDS, SIZES, SIZES)
def test_mean_only_agrees_with_naive_loops(seed: int, n: int, d: int) -> None:
    t, _, dout = draw(seed, n, d)
    b = t[0] / 2
    out, cache = wn.mean_only_forward(t, b)
    dt, db = wn.mean_only_backward(dout, cache)
    for j in range(d):
        mean, dmean = sum(t[:, j]) / n, sum(dout[:, j]) / n
        np.testing.assert_allclose(out[:, j], [a - mean + b[j] for a in t[:, j]], atol=1e-12)
        np.testing.assert_allclose(dt[:, j], [a - dmean for a in dout[:, j]], atol=1e-12)
        np.testing.assert_allclose(db[j], sum(dout[:, j]), atol=1e-12)
    np.testing.assert_allclose(dt.sum(axis=0), 0, atol=1e-12)


def test_mean_only_is_batch_normalisation_that_knows_the_scale() -> None:
    torch = pytest.importorskip("torch")
    t, _, dout = draw(2, 7, 4)
    witness, b = torch.tensor(t, requires_grad=True), torch.zeros(4, dtype=torch.float64, requires_grad=True)
    (witness - witness.mean(dim=0) + b).backward(torch.tensor(dout))
    out, cache = wn.mean_only_forward(t, np.zeros(4))
    std = np.sqrt(t.var(axis=0) + 1e-5)
    np.testing.assert_allclose(out, batchnorm.forward(t, std, np.zeros(4))[0], atol=1e-12)
    dt, db = wn.mean_only_backward(dout, cache)
    np.testing.assert_allclose(dt, witness.grad.numpy(), atol=1e-14)
    np.testing.assert_allclose(db, b.grad.numpy())


def test_refuses_lengths_and_shifts_of_another_number() -> None:
    with pytest.raises(ValueError, match="reshape"):
        wn.forward(np.ones((3, 4)), np.ones(4))
    with pytest.raises(ValueError, match="one a feature"):
        wn.mean_only_forward(np.ones((3, 4)), np.ones(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    v, g, dw = (a.astype(dtype) for a in draw(1, 3, 4))
    w, cache = wn.forward(v, g)
    out, n = wn.mean_only_forward(v, v[0])
    results = [w, *wn.backward(dw, cache), out, *wn.mean_only_backward(dw, n)]
    assert {a.dtype for a in results} == {np.dtype(dtype)}
