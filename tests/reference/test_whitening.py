import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import batchnorm
from reference import whitening as wh

SEEDS = st.integers(0, 999)


def draw(seed: int, n: int, d: int) -> np.ndarray:
    """Features that are mixed, so correlated."""
    rng = np.random.default_rng(seed)
    return 5 + rng.standard_normal((n, d)) @ (np.eye(d) + 0.3 * rng.standard_normal((d, d)))


@given(SEEDS, st.integers(1, 5))
def test_the_covariance_becomes_the_identity(seed: int, d: int) -> None:
    x = draw(seed, 40, d)
    out = wh.whiten(x)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(np.cov(out.T, bias=True).reshape(d, d), np.eye(d), atol=1e-6)


@given(SEEDS)
def test_covariance_agrees_with_naive_loops(seed: int) -> None:
    x = draw(seed, 6, 3)
    mu = [sum(column) / 6 for column in x.T]
    for j in range(3):
        for k in range(3):
            expected = sum((row[j] - mu[j]) * (row[k] - mu[k]) for row in x) / 6
            np.testing.assert_allclose(wh.covariance(x)[j, k], expected, atol=1e-12)


def test_the_root_is_symmetric_and_its_square_the_inverse() -> None:
    torch = pytest.importorskip("torch")
    cov = wh.covariance(draw(3, 30, 4))
    root = wh.inverse_root(cov)
    np.testing.assert_allclose(root, root.T, atol=1e-12)
    np.testing.assert_allclose(root @ root, torch.linalg.inv(torch.tensor(cov)).numpy(), rtol=1e-9)


def test_no_rotation_of_white_data_is_closer_to_the_centred_data() -> None:
    x = draw(5, 50, 3)
    centred, out = x - x.mean(axis=0), wh.whiten(x)
    rotations = (np.linalg.qr(a)[0] for a in np.random.default_rng(0).standard_normal((20, 3, 3)))
    nearest = np.sum((out - centred) ** 2)
    assert all(nearest <= np.sum((out @ q - centred) ** 2) for q in rotations)


def test_white_data_stay_as_they_are() -> None:
    out = wh.whiten(draw(1, 30, 4))
    np.testing.assert_allclose(wh.whiten(out), out, atol=1e-9)


def test_one_feature_is_batch_normalised() -> None:
    x = draw(2, 9, 1)
    expected, _ = batchnorm.forward(x, np.ones(1), np.zeros(1), eps=0.0)
    np.testing.assert_allclose(wh.whiten(x), expected)


@pytest.mark.parametrize(
    "x",
    [draw(0, 3, 4), np.column_stack([draw(0, 9, 2), np.ones(9)]), draw(0, 9, 1) * [1.0, 2.0]],
    ids=["few examples", "a constant", "a multiple"],
)
def test_refuses_data_without_an_inverse_covariance(x: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no inverse"):
        wh.whiten(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    x = draw(1, 30, 4).astype(dtype)
    assert wh.whiten(x).dtype == dtype
    np.testing.assert_allclose(wh.whiten(x), wh.whiten(x.astype(np.float64)), atol=1e-4)
