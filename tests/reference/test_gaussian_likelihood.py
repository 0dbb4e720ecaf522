from math import exp, log, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import gaussian_likelihood as gl
from reference import risk

SEEDS, SIZES = st.integers(0, 999), st.integers(1, 5)


def draw(seed: int, n: int, d: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal((3, n, d)))


def draw_mixture(seed: int, n: int, k: int, d: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    shapes = (n, k), (n, k, d), (n, k), (n, d)
    return tuple(rng.standard_normal(shape) for shape in shapes)


@given(SEEDS, SIZES, SIZES)
def test_heteroscedastic_agrees_with_naive_loops(seed: int, n: int, d: int) -> None:
    mu, s, t = draw(seed, n, d)
    loss, dmu, ds = 0.0, np.zeros_like(mu), np.zeros_like(s)
    for i in range(n):
        for j in range(d):
            variance, e = exp(s[i, j]), t[i, j] - mu[i, j]
            density = exp(-(e**2) / (2 * variance)) / (2 * pi * variance) ** 0.5
            loss -= log(density) / n
            dmu[i, j] = -e / variance / n
            ds[i, j] = (1 - e**2 / variance) / 2 / n
    got = gl.heteroscedastic(mu, s, t)
    for ours, expected in zip(got, (loss, dmu, ds), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)


def test_heteroscedastic_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    mu, s, t = draw(5, 7, 3)
    tmu, ts = (torch.tensor(a, requires_grad=True) for a in (mu, s))
    theirs = torch.nn.functional.gaussian_nll_loss(tmu, torch.tensor(t), ts.exp(), full=True) * 3
    theirs.backward()
    for ours, witness in zip(
        gl.heteroscedastic(mu, s, t),
        (theirs.detach().numpy(), tmu.grad.numpy(), ts.grad.numpy()),
        strict=True,
    ):
        np.testing.assert_allclose(ours, witness, rtol=1e-10, atol=1e-13)


@given(SEEDS, SIZES, SIZES, SIZES)
def test_mixture_agrees_with_naive_loops(seed: int, n: int, k: int, d: int) -> None:
    a, mu, s, t = draw_mixture(seed, n, k, d)
    loss, da, dmu, ds = 0.0, np.zeros_like(a), np.zeros_like(mu), np.zeros_like(s)
    for i in range(n):
        weight = [exp(v) / sum(exp(u) for u in a[i]) for v in a[i]]
        e2 = [sum((t[i] - mu[i, c]) ** 2) for c in range(k)]
        q = [
            weight[c] * exp(-e2[c] / (2 * exp(s[i, c]))) / (2 * pi * exp(s[i, c])) ** (d / 2)
            for c in range(k)
        ]
        loss -= log(sum(q)) / n
        for c in range(k):
            r = q[c] / sum(q)
            da[i, c] = (weight[c] - r) / n
            dmu[i, c] = -r * (t[i] - mu[i, c]) / exp(s[i, c]) / n
            ds[i, c] = r * (d - e2[c] / exp(s[i, c])) / 2 / n
    for ours, expected in zip(gl.mixture(a, mu, s, t), (loss, da, dmu, ds), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-11)


def test_mixture_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    a, mu, s, t = draw_mixture(6, 7, 4, 3)
    ta, tmu, ts = (torch.tensor(v, requires_grad=True) for v in (a, mu, s))
    distributions = torch.distributions
    scale = (ts / 2).exp()[:, :, None].expand(-1, -1, 3)
    components = distributions.Independent(distributions.Normal(tmu, scale), 1)
    mixture = distributions.MixtureSameFamily(distributions.Categorical(logits=ta), components)
    theirs = -mixture.log_prob(torch.tensor(t)).mean()
    theirs.backward()
    witnesses = (theirs.detach(), ta.grad, tmu.grad, ts.grad)
    for ours, witness in zip(gl.mixture(a, mu, s, t), witnesses, strict=True):
        np.testing.assert_allclose(ours, witness.numpy(), rtol=1e-10, atol=1e-13)


@given(SEEDS, SIZES, SIZES)
def test_a_fixed_variance_is_half_the_squared_loss_shifted(seed: int, n: int, d: int) -> None:
    mu, _, t = draw(seed, n, d)
    loss, dmu, _ = gl.heteroscedastic(mu, np.zeros_like(mu), t)
    squared, dsquared = risk.squared(mu, t)
    np.testing.assert_allclose(loss, squared / 2 + d * log(2 * pi) / 2)
    np.testing.assert_allclose(dmu, dsquared / 2, atol=1e-14)


@given(SEEDS, SIZES, SIZES, SIZES)
def test_a_mixture_of_equal_components_is_one_gaussian(seed: int, n: int, k: int, d: int) -> None:
    a, mu, s, t = draw_mixture(seed, n, k, d)
    mu, s = np.repeat(mu[:, :1], k, axis=1), np.repeat(s[:, :1], k, axis=1)
    loss, da, dmu, ds = gl.mixture(a, mu, s, t)
    one, dmu_one, ds_one = gl.heteroscedastic(mu[:, 0], np.repeat(s[:, :1], d, axis=1), t)
    np.testing.assert_allclose(loss, one, rtol=1e-9)
    np.testing.assert_allclose(da, 0, atol=1e-12)
    np.testing.assert_allclose(dmu.sum(axis=1), dmu_one, atol=1e-10)
    np.testing.assert_allclose(ds.sum(axis=1), ds_one.sum(axis=1), atol=1e-10)


def test_the_log_variance_that_costs_least_is_that_of_the_residual() -> None:
    ds = gl.heteroscedastic(np.zeros((1, 1)), np.full((1, 1), log(9)), np.full((1, 1), 3.0))[2]
    assert ds == pytest.approx(0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_target_far_from_every_mean_costs_its_distance(dtype: type) -> None:
    mu = np.array([[[1000.0], [1001.0]]], dtype)
    loss, da, dmu, ds = gl.mixture(
        np.zeros((1, 2), dtype), mu, np.zeros((1, 2), dtype), np.zeros((1, 1), dtype)
    )
    assert loss == pytest.approx(5e5 + log(2) + log(2 * pi) / 2)
    np.testing.assert_allclose(da, [[-0.5, 0.5]])
    np.testing.assert_allclose(dmu[0, :, 0], [1000, 0], atol=1e-6)
    np.testing.assert_allclose(ds, [[(1 - 1e6) / 2, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    results = [
        *gl.heteroscedastic(*(a.astype(dtype) for a in draw(1, 4, 3))),
        *gl.mixture(*(a.astype(dtype) for a in draw_mixture(1, 4, 2, 3))),
    ]
    assert {a.dtype for a in results} == {np.dtype(dtype)}


def test_refuses_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="match"):
        gl.heteroscedastic(np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3))
    with pytest.raises(ValueError, match="targets"):
        gl.mixture(np.zeros((3, 2)), np.zeros((3, 2, 4)), np.zeros((3, 2)), np.zeros((3, 1)))
