import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import batchnorm
from reference import batchnorm_statistics as bs

SHAPES = st.one_of(
    st.tuples(st.integers(2, 7), st.integers(1, 4)),
    st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
)
SEEDS = st.integers(0, 999)
BOTH = pytest.mark.parametrize("shape", [(7, 3), (4, 3, 2, 5)])


def draw(shape: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, ...]:
    """x, gamma, beta, mean, var."""
    rng = np.random.default_rng(seed)
    gamma, beta, mean, scale = rng.standard_normal((4, shape[1]))
    return 3 * rng.standard_normal(shape) + 5, gamma, beta, mean, np.exp(scale)


def columns(x: np.ndarray) -> np.ndarray:
    """The values of every feature, one row a feature."""
    return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)


@BOTH
def test_inference_agrees_with_pytorch(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    x, gamma, beta, mean, var = draw(shape)
    tx, tgamma, tbeta, tmean, tvar = (torch.tensor(a) for a in (x, gamma, beta, mean, var))
    theirs = torch.nn.functional.batch_norm(tx, tmean, tvar, tgamma, tbeta, training=False, eps=0.01)
    np.testing.assert_allclose(bs.inference(x, gamma, beta, mean, var, 0.01), theirs.numpy(), rtol=1e-11)


@BOTH
def test_moving_statistics_agree_with_pytorch_but_for_its_unbiased_variance(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    x, _, _, mean, var = draw(shape)
    tmean, tvar = torch.tensor(mean), torch.tensor(var)
    torch.nn.functional.batch_norm(torch.tensor(x), tmean, tvar, training=True, momentum=0.3)
    new_mean, new_var = bs.moving_statistics(x, mean, var, momentum=0.3)
    m = x.size / len(mean)
    np.testing.assert_allclose(new_mean, tmean.numpy())
    np.testing.assert_allclose((new_var - 0.7 * var) * m / (m - 1) + 0.7 * var, tvar.numpy())


@given(SHAPES, SEEDS, st.floats(0, 1))
def test_statistics_agree_with_naive_loops(shape: tuple[int, ...], seed: int, momentum: float) -> None:
    x, _, _, mean, var = draw(shape, seed)
    moving_mean, moving_var = bs.moving_statistics(x, mean, var, momentum)
    all_mean, all_var = bs.dataset_statistics(x)
    for j, values in enumerate(columns(x)):
        m = len(values)
        mu = sum(values) / m
        sigma2 = sum((v - mu) ** 2 for v in values) / m
        np.testing.assert_allclose([all_mean[j], all_var[j]], [mu, sigma2], atol=1e-12)
        np.testing.assert_allclose(moving_mean[j], momentum * mu + (1 - momentum) * mean[j], atol=1e-12)
        np.testing.assert_allclose(moving_var[j], momentum * sigma2 + (1 - momentum) * var[j], atol=1e-12)


@given(SHAPES, SEEDS, st.integers(1, 4))
def test_population_variance_is_the_mean_of_the_unbiased_ones(
    shape: tuple[int, ...], seed: int, count: int
) -> None:
    batches = [draw(shape, seed + k)[0] for k in range(count)]
    mean, var = bs.population_statistics(batches)
    np.testing.assert_allclose(mean, sum(columns(x).mean(axis=1) for x in batches) / count)
    np.testing.assert_allclose(var, sum(columns(x).var(axis=1, ddof=1) for x in batches) / count)


def test_population_statistics_estimate_without_bias_what_biased_batches_miss() -> None:
    x = np.random.default_rng(0).standard_normal((40000, 2)) * [2, 5] + [-10, 25]
    mean, var = bs.population_statistics(np.split(x, 10000))
    biased = np.mean([batch.var(axis=0) for batch in np.split(x, 10000)], axis=0)
    np.testing.assert_allclose(mean, [-10, 25], rtol=0.01)
    np.testing.assert_allclose(var, [4, 25], rtol=0.03)
    np.testing.assert_allclose(biased, [3, 18.75], rtol=0.03)


def test_momentum_is_the_weight_of_the_new_batch() -> None:
    x, _, _, mean, var = draw((7, 3))
    for momentum, expected in [(0, (mean, var)), (1, bs.dataset_statistics(x))]:
        np.testing.assert_array_equal(bs.moving_statistics(x, mean, var, momentum), expected)


def test_moving_statistics_of_one_batch_over_and_over_become_its_own() -> None:
    x, _, _, mean, var = draw((7, 3))
    for _ in range(400):
        mean, var = bs.moving_statistics(x, mean, var, 0.1)
    np.testing.assert_allclose((mean, var), bs.dataset_statistics(x))


@given(SHAPES, SEEDS)
def test_folded_form_equals_the_unfolded(shape: tuple[int, ...], seed: int) -> None:
    x, gamma, beta, mean, var = draw(shape, seed)
    scale, shift = bs.fold(gamma, beta, mean, var)
    assert scale.shape == shift.shape == gamma.shape
    folded = batchnorm.per_feature(scale, x) * x + batchnorm.per_feature(shift, x)
    np.testing.assert_allclose(folded, bs.inference(x, gamma, beta, mean, var), rtol=1e-9, atol=1e-11)


@given(SHAPES, SEEDS)
def test_inference_with_the_batchs_own_statistics_is_training(shape: tuple[int, ...], seed: int) -> None:
    x, gamma, beta, _, _ = draw(shape, seed)
    out, _ = batchnorm.forward(x, gamma, beta)
    mean, var = bs.dataset_statistics(x)
    np.testing.assert_allclose(bs.inference(x, gamma, beta, mean, var), out, rtol=1e-9, atol=1e-11)


def test_an_example_no_longer_depends_on_its_batch() -> None:
    x, *rest = draw((7, 3))
    np.testing.assert_array_equal(bs.inference(x[:1], *rest), bs.inference(x, *rest)[:1])


@pytest.mark.parametrize(
    "batches", [[], [np.ones((1, 3))], [np.ones((2, 3)), np.ones((4, 3))]], ids=["none", "of one", "unequal"]
)
def test_refuses_batches_without_a_common_size_above_one(batches: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="one size"):
        bs.population_statistics(batches)


def test_refuses_statistics_that_are_not_one_a_feature() -> None:
    x, gamma, beta, mean, _ = draw((7, 3))
    with pytest.raises(ValueError, match="reshape"):
        bs.inference(x, gamma, beta, mean, np.ones(1))


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype_and_the_running_statistics(shape: tuple[int, ...], dtype: type) -> None:
    x, gamma, beta, mean, var = (a.astype(dtype) for a in draw(shape))
    before = mean.copy(), var.copy()
    results = [
        *bs.moving_statistics(x, mean, var, 0.1),
        *bs.population_statistics([x, x]),
        *bs.dataset_statistics(x),
        bs.inference(x, gamma, beta, mean, var),
        *bs.fold(gamma, beta, mean, var),
    ]
    assert {a.dtype for a in results} == {np.dtype(dtype)}
    np.testing.assert_array_equal((mean, var), before)
