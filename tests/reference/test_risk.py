from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import risk

SEEDS, SIZES = st.integers(0, 999), st.integers(1, 6)
WITH_GRADIENT = pytest.mark.parametrize("function", [risk.squared, risk.absolute])


def draw(seed: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape), rng.standard_normal(shape)


@given(SEEDS, SIZES, SIZES)
def test_agree_with_naive_loops(seed: int, n: int, d: int) -> None:
    y, t = draw(seed, n, d)
    squared, absolute = 0.0, 0.0
    dsquared, dabsolute = np.zeros_like(y), np.zeros_like(y)
    for i in range(n):
        for j in range(d):
            e = y[i, j] - t[i, j]
            squared += e * e / n
            absolute += abs(e) / n
            dsquared[i, j] = 2 * e / n
            dabsolute[i, j] = (1 if e > 0 else -1) / n
    for got, expected in [
        (risk.squared(y, t), (squared, dsquared)),
        (risk.absolute(y, t), (absolute, dabsolute)),
    ]:
        np.testing.assert_allclose(got[0], expected[0])
        np.testing.assert_allclose(got[1], expected[1])


@pytest.mark.parametrize(
    ("function", "name"),
    [(risk.squared, "mse_loss"), (risk.absolute, "l1_loss")],
    ids=["squared", "absolute"],
)
def test_are_d_times_those_of_pytorch(function: Callable[..., Any], name: str) -> None:
    torch = pytest.importorskip("torch")
    y, t = draw(4, 7, 3)
    t[2, 1] = y[2, 1]  # PyTorch takes the slope of |0| as 0, too
    witness = torch.tensor(y, requires_grad=True)
    theirs = 3 * getattr(torch.nn.functional, name)(witness, torch.tensor(t))
    theirs.backward()
    loss, dy = function(y, t)
    np.testing.assert_allclose(loss, theirs.item())
    np.testing.assert_allclose(dy, witness.grad.numpy())


@WITH_GRADIENT
def test_a_row_of_numbers_is_a_batch_of_single_outputs(function: Callable[..., Any]) -> None:
    y, t = draw(2, 5)
    loss, dy = function(y, t)
    column, dcolumn = function(y[:, np.newaxis], t[:, np.newaxis])
    assert loss == column
    np.testing.assert_array_equal(dy, dcolumn[:, 0])


def test_the_mean_minimises_the_squared_and_the_median_the_absolute_risk() -> None:
    t = np.array([0.0, 1.0, 2.0, 3.0, 100.0])
    best = {"mean": np.full(5, t.mean()), "median": np.full(5, np.median(t))}
    assert risk.squared(best["mean"], t)[1].sum() == pytest.approx(0)
    assert risk.absolute(best["median"], t)[1].sum() == 0  # its own residual is 0: the subgradient 0
    assert risk.squared(best["mean"], t)[0] < risk.squared(best["median"], t)[0]
    assert risk.absolute(best["median"], t)[0] < risk.absolute(best["mean"], t)[0]


def test_zero_one_counts_wrong_labels() -> None:
    assert risk.zero_one(np.array([0, 1, 2, 2]), np.array([0, 2, 1, 2])) == 0.5


@pytest.mark.parametrize("function", [risk.squared, risk.absolute, risk.zero_one])
def test_refuses_a_column_of_predictions(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="match"):
        function(np.zeros((3, 1)), np.zeros(3))


@WITH_GRADIENT
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(function: Callable[..., Any], dtype: type) -> None:
    loss, dy = function(*(a.astype(dtype) for a in draw(1, 4, 3)))
    assert loss.dtype == dy.dtype == dtype
