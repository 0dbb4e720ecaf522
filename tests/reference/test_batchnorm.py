import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import affine
from reference import batchnorm as bn

SHAPES = st.one_of(
    st.tuples(st.integers(2, 7), st.integers(1, 4)),
    st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
)
SEEDS = st.integers(0, 999)
BOTH = pytest.mark.parametrize("shape", [(7, 3), (4, 3, 2, 5)])


def draw(shape: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, ...]:
    """x with every feature at another place and scale, gamma, beta, dout."""
    rng = np.random.default_rng(seed)
    place, scale, gamma, beta = rng.standard_normal((4, shape[1]))
    x = rng.standard_normal(shape) * bn.per_feature(np.exp(scale), np.empty(shape))
    return x + bn.per_feature(5 * place, x), gamma, beta, rng.standard_normal(shape)


def columns(x: np.ndarray) -> np.ndarray:
    """The values of every feature, one row a feature."""
    return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)


# --------------------------------------------------------------------------- D1, D2


@BOTH
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_agrees_with_pytorch(shape: tuple[int, ...], eps: float) -> None:
    torch = pytest.importorskip("torch")
    x, gamma, beta, dout = draw(shape)
    out, cache = bn.forward(x, gamma, beta, eps)
    witnesses = [torch.tensor(a, requires_grad=True) for a in (x, gamma, beta)]
    theirs = torch.nn.functional.batch_norm(
        witnesses[0], None, None, witnesses[1], witnesses[2], training=True, eps=eps
    )
    theirs.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-11, atol=1e-13)
    for ours, witness in zip(bn.backward(dout, cache), witnesses, strict=True):
        np.testing.assert_allclose(ours, witness.grad.numpy(), rtol=1e-10, atol=1e-12)


@given(SHAPES, SEEDS)
def test_forward_agrees_with_naive_loops(shape: tuple[int, ...], seed: int) -> None:
    x, gamma, beta, _ = draw(shape, seed)
    out, cache = bn.forward(x, gamma, beta, 0.01)
    for j, values in enumerate(columns(x)):
        m = len(values)
        mu = sum(values) / m
        var = sum((v - mu) ** 2 for v in values) / m
        expected = [gamma[j] * (v - mu) / (var + 0.01) ** 0.5 + beta[j] for v in values]
        np.testing.assert_allclose(columns(out)[j], expected, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose([cache.mu.flat[j], cache.var.flat[j]], [mu, var], rtol=1e-9, atol=1e-13)


@given(SHAPES, SEEDS)
def test_backward_agrees_with_the_jacobian_written_out(shape: tuple[int, ...], seed: int) -> None:
    x, gamma, beta, dout = draw(shape, seed)
    _, cache = bn.forward(x, gamma, beta, 0.01)
    dx, dgamma, dbeta = bn.backward(dout, cache)
    for j, (d, xhat) in enumerate(zip(columns(dout), columns(cache.xhat), strict=True)):
        m, inv_std = len(d), cache.inv_std.flat[j]
        for i in range(m):
            # d out_k / d x_i = gamma inv_std (1{i = k} - 1/m - xhat_i xhat_k / m)
            expected = sum(
                d[k] * gamma[j] * inv_std * ((i == k) - 1 / m - xhat[i] * xhat[k] / m) for k in range(m)
            )
            assert columns(dx)[j][i] == pytest.approx(expected, rel=1e-9, abs=1e-11)
        assert dgamma[j] == pytest.approx(sum(d * xhat), abs=1e-12)
        assert dbeta[j] == pytest.approx(sum(d), abs=1e-12)


@given(SHAPES, SEEDS, st.sampled_from([0.01, 1e-5]))
def test_the_closed_form_is_the_lectures_six_formulas(shape: tuple[int, ...], seed: int, eps: float) -> None:
    x, gamma, beta, dout = draw(shape, seed)
    _, cache = bn.forward(x, gamma, beta, eps)
    for closed, lecture in zip(
        bn.backward(dout, cache), bn.backward_by_six_formulas(dout, cache), strict=True
    ):
        np.testing.assert_allclose(closed, lecture, rtol=1e-9, atol=1e-9)


@given(SHAPES, SEEDS)
def test_dx_is_the_sum_of_its_terms_and_sums_to_zero(shape: tuple[int, ...], seed: int) -> None:
    x, gamma, beta, dout = draw(shape, seed)
    _, cache = bn.forward(x, gamma, beta)
    dx, _, _ = bn.backward(dout, cache)
    terms = bn.terms(dout, cache)
    assert list(terms) == ["direct", "mean", "projection"]
    assert all(term.shape == shape for term in terms.values())
    size = max(abs(term).max() for term in terms.values())
    np.testing.assert_allclose(sum(terms.values()), dx, atol=1e-13 * size)
    np.testing.assert_allclose(columns(dx).sum(axis=1), 0, atol=1e-12 * size)


@given(SHAPES, SEEDS, st.sampled_from([0.5, 1e-5]))
def test_output_has_mean_beta_and_biased_deviation_gamma(
    shape: tuple[int, ...], seed: int, eps: float
) -> None:
    x, gamma, beta, _ = draw(shape, seed)
    out, cache = bn.forward(x, gamma, beta, eps)
    var = cache.var.ravel()
    np.testing.assert_allclose(columns(out).mean(axis=1), beta, atol=1e-10)
    np.testing.assert_allclose(columns(out).std(axis=1), abs(gamma) * np.sqrt(var / (var + eps)), atol=1e-10)


def test_the_slides_deviations_are_the_unbiased_ones() -> None:
    x = np.random.default_rng(0).standard_normal((10000, 3)) * [2, 5, 10] + [-10, 25, 3]
    out, _ = bn.forward(x, np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 8.0]))
    np.testing.assert_allclose(out.mean(axis=0), [2, 4, 8])
    assert [f"{s:.4f}" for s in out.std(axis=0, ddof=1)] == ["1.0000", "2.0001", "3.0001"]
    assert [f"{s:.4f}" for s in out.std(axis=0)] == ["1.0000", "2.0000", "3.0000"]


def test_images_keep_their_shape_with_a_gamma_for_each_channel() -> None:
    x = np.random.default_rng(0).standard_normal((20, 100, 35, 45), dtype=np.float32)
    out, cache = bn.forward(x, np.ones(100, np.float32), np.zeros(100, np.float32))
    dx, dgamma, dbeta = bn.backward(x, cache)
    assert out.shape == dx.shape == x.shape
    assert dgamma.shape == dbeta.shape == (100,)
    assert cache.mu.shape == cache.var.shape == cache.inv_std.shape == cache.gamma.shape == (1, 100, 1, 1)


def test_images_are_rows_of_pixels() -> None:
    x, gamma, beta, dout = draw((4, 3, 2, 5))
    out, cache = bn.forward(x, gamma, beta)
    flat, flat_cache = bn.forward(columns(x).T, gamma, beta)
    np.testing.assert_allclose(columns(out).T, flat)
    np.testing.assert_allclose(
        columns(bn.backward(dout, cache)[0]).T, bn.backward(columns(dout).T, flat_cache)[0], atol=1e-14
    )


def test_a_batch_of_one_gives_beta_and_no_gradient() -> None:
    out, cache = bn.forward(np.array([[3.0, -4.0]]), np.array([2.0, 2.0]), np.array([5.0, 6.0]))
    dx, dgamma, dbeta = bn.backward(np.array([[1.0, 2.0]]), cache)
    np.testing.assert_array_equal(out, [[5, 6]])
    np.testing.assert_array_equal(dx, [[0, 0]])
    np.testing.assert_array_equal(dgamma, [0, 0])
    np.testing.assert_array_equal(dbeta, [1, 2])


@pytest.mark.parametrize("size", [1, 4, 21])
def test_refuses_parameters_that_are_not_one_a_feature(size: int) -> None:
    x, gamma, beta, _ = draw((7, 3))
    with pytest.raises(ValueError, match="reshape"):
        bn.forward(x, np.ones(size), beta)
    with pytest.raises(ValueError, match="reshape"):
        bn.forward(x, gamma, np.ones(size))


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype_and_the_input(shape: tuple[int, ...], dtype: type) -> None:
    x, gamma, beta, dout = (a.astype(dtype) for a in draw(shape))
    before = x.copy()
    out, cache = bn.forward(x, gamma, beta, eps=0.01)
    centred, shift = bn.centre_forward(x, beta)
    results = [
        out,
        *cache[:-1],
        *bn.backward(dout, cache),
        *bn.backward_by_six_formulas(dout, cache),
        *bn.terms(dout, cache).values(),
        *bn.identity_parameters(x, eps=0.01),
        centred,
        *bn.centre_backward(dout, shift),
    ]
    assert {a.dtype for a in results} == {np.dtype(dtype)}
    np.testing.assert_array_equal(x, before)


# --------------------------------------------------------------------------- D4


def through_scaled_weights(a: float, eps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Output of BN((aW)u), and its gradients with respect to u and to aW, for inputs W u of variance 1/2."""
    rng = np.random.default_rng(4)
    u, w, dout = rng.standard_normal((50, 8)), rng.standard_normal((8, 3)), rng.standard_normal((50, 3))
    w = w / (np.sqrt(2) * (u @ w).std(axis=0))
    z, dense = affine.forward(u, a * w, np.zeros(3))
    out, cache = bn.forward(z, np.array([1.0, -2.0, 0.5]), np.ones(3), eps)
    du, dw, _ = affine.backward(bn.backward(dout, cache)[0], dense)
    return out, du, dw


@given(st.floats(1e-3, 1e3))
def test_weight_scale_cancels(a: float) -> None:
    out, du, dw = through_scaled_weights(1, eps=0)
    scaled_out, scaled_du, scaled_dw = through_scaled_weights(a, eps=0)
    np.testing.assert_allclose(scaled_out, out, atol=1e-11)
    np.testing.assert_allclose(scaled_du, du, atol=1e-11)
    np.testing.assert_allclose(a * scaled_dw, dw, atol=1e-11)


def test_a_negative_weight_scale_leaves_its_sign() -> None:
    # BN(-z) - beta = -(BN(z) - beta): both of the slide's formulas hold with the other sign only.
    out, du, dw = through_scaled_weights(1, eps=0)
    scaled_out, scaled_du, scaled_dw = through_scaled_weights(-2, eps=0)
    np.testing.assert_allclose(scaled_out - 1, 1 - out, atol=1e-12)
    np.testing.assert_allclose(scaled_du, -du, atol=1e-12)
    np.testing.assert_allclose(scaled_dw, -1 / -2 * dw, atol=1e-12)


def test_eps_breaks_the_invariance_for_small_weights() -> None:
    _, du, dw = through_scaled_weights(1, eps=1e-5)
    _, scaled_du, scaled_dw = through_scaled_weights(0.01, eps=1e-5)
    assert np.linalg.norm(scaled_du - du) / np.linalg.norm(du) == pytest.approx(0.1, abs=0.02)
    assert np.linalg.norm(0.01 * scaled_dw - dw) / np.linalg.norm(dw) == pytest.approx(0.1, abs=0.02)


# --------------------------------------------------------------------------- D11, D13


def test_centring_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x, _, b, dout = draw((6, 3))
    out, cache = bn.centre_forward(x, b)
    tx, tb = torch.tensor(x, requires_grad=True), torch.tensor(b, requires_grad=True)
    theirs = tx + tb - (tx + tb).mean(0)
    theirs.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, theirs.detach().numpy(), atol=1e-13)
    for ours, witness in zip(bn.centre_backward(dout, cache), (tx, tb), strict=True):
        np.testing.assert_allclose(ours, witness.grad.numpy(), atol=1e-13)


@given(SHAPES, SEEDS)
def test_centring_agrees_with_naive_loops_and_forgets_b(shape: tuple[int, ...], seed: int) -> None:
    x, _, b, dout = draw(shape, seed)
    out, cache = bn.centre_forward(x, b)
    dx, db = bn.centre_backward(dout, cache)
    for values, result, d, gradient in zip(columns(x), columns(out), columns(dout), columns(dx), strict=True):
        np.testing.assert_allclose(result, [v - sum(values) / len(values) for v in values], atol=1e-12)
        np.testing.assert_allclose(gradient, [v - sum(d) / len(d) for v in d], atol=1e-12)
    assert db.shape == b.shape
    assert not db.any()


def test_ignoring_the_mean_b_grows_without_end_and_the_output_stays() -> None:
    rng = np.random.default_rng(0)
    x, target, b = rng.standard_normal((20, 3)), rng.standard_normal((20, 3)) - 1, np.zeros(3)
    first, _ = bn.centre_forward(x, b)
    for step in range(1, 101):
        out, _ = bn.centre_forward(x, b)
        b = b - 0.1 * (out - target).sum(axis=0)  # db as if E(x + b) were constant
        np.testing.assert_allclose(b, -0.1 * step * (first - target).sum(axis=0))
    np.testing.assert_allclose(out, first, atol=1e-12)
    assert (abs(b) > 50).all()


def test_a_bias_in_front_of_batchnorm_has_no_gradient() -> None:
    x, gamma, beta, dout = draw((9, 3))
    z, dense = affine.forward(x, np.eye(3), beta)
    out, cache = bn.forward(z, gamma, beta)
    _, _, db = affine.backward(bn.backward(dout, cache)[0], dense)
    np.testing.assert_allclose(out, bn.forward(x, gamma, beta)[0], atol=1e-12)
    np.testing.assert_allclose(db, 0, atol=1e-13)


@given(SHAPES, SEEDS, st.sampled_from([0.5, 1e-5]))
def test_can_represent_the_identity(shape: tuple[int, ...], seed: int, eps: float) -> None:
    x, _, _, _ = draw(shape, seed)
    gamma, beta = bn.identity_parameters(x, eps)
    assert gamma.shape == beta.shape == (shape[1],)
    out, _ = bn.forward(x, gamma, beta, eps)
    np.testing.assert_allclose(out, x, rtol=1e-12, atol=1e-12)
