from collections.abc import Callable
from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import activations
from reference import cross_entropy as ce

ALL = [
    ce.binary_on_probabilities,
    ce.binary_on_logits,
    ce.categorical_on_probabilities,
    ce.categorical_on_log_probabilities,
    ce.categorical_on_logits,
]
SEEDS, SIZES = st.integers(0, 99), st.integers(1, 6)


def draw(seed: int, n: int, classes: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Logits and labels, binary (N,) and categorical (N, C)."""
    rng = np.random.default_rng(seed)
    z, zs = 2 * rng.standard_normal(n), 2 * rng.standard_normal((n, classes))
    return z, rng.integers(0, 2, n), zs, rng.integers(0, classes, n)


def inputs(function: Callable[..., Any]) -> tuple[np.ndarray, np.ndarray]:
    """An argument that suits the function, with its labels."""
    z, y, zs, ys = draw(5, 6, 4)
    p, ps = activations.sigmoid_forward(z)[0], activations.softmax_forward(zs)[0]
    return dict(zip(ALL, [(p, y), (z, y), (ps, ys), (np.log(ps), ys), (zs, ys)], strict=True))[function]


def test_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    F = torch.nn.functional
    operators = [
        F.binary_cross_entropy,
        F.binary_cross_entropy_with_logits,
        lambda p, y: F.nll_loss(p.log(), y),
        F.nll_loss,
        F.cross_entropy,
    ]
    for function, operator in zip(ALL, operators, strict=True):
        x, y = inputs(function)
        loss, dx = function(x, y)
        witness = torch.tensor(x, requires_grad=True)
        theirs = operator(witness, torch.tensor(y.astype(float) if x.ndim == 1 else y))
        theirs.backward()
        np.testing.assert_allclose(loss, theirs.item(), rtol=1e-12)
        np.testing.assert_allclose(dx, witness.grad.numpy(), rtol=1e-11, atol=1e-15)


@given(SEEDS, SIZES)
def test_binary_agrees_with_the_formula_example_by_example(seed: int, n: int) -> None:
    z, y, _, _ = draw(seed, n)
    p = [1 / (1 + exp(-v)) for v in z]
    expected = -sum(log(p[i]) if y[i] == 1 else log(1 - p[i]) for i in range(n)) / n
    dp = [(-1 / p[i] if y[i] == 1 else 1 / (1 - p[i])) / n for i in range(n)]
    loss_p, got_dp = ce.binary_on_probabilities(np.array(p), y)
    loss_z, got_dz = ce.binary_on_logits(z, y)
    np.testing.assert_allclose([loss_p, loss_z], expected)
    np.testing.assert_allclose(got_dp, dp)
    np.testing.assert_allclose(got_dz, [(p[i] - y[i]) / n for i in range(n)])


@given(SEEDS, SIZES, SIZES)
def test_categorical_agrees_with_the_formula_example_by_example(seed: int, n: int, classes: int) -> None:
    _, _, z, y = draw(seed, n, classes)
    p, dp, dz = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
    expected = 0.0
    for i in range(n):
        for c in range(classes):
            p[i, c] = exp(z[i, c]) / sum(exp(v) for v in z[i])
            dz[i, c] = (p[i, c] - (c == y[i])) / n
        dp[i, y[i]] = -1 / (n * p[i, y[i]])
        expected -= log(p[i, y[i]]) / n
    loss_p, got_dp = ce.categorical_on_probabilities(p, y)
    loss_l, got_dl = ce.categorical_on_log_probabilities(np.log(p), y)
    loss_z, got_dz = ce.categorical_on_logits(z, y)
    np.testing.assert_allclose([loss_p, loss_l, loss_z], expected, atol=1e-14)
    np.testing.assert_allclose(got_dp, dp)
    np.testing.assert_allclose(got_dl, dp * p, atol=1e-15)
    np.testing.assert_allclose(got_dz, dz, atol=1e-14)


@given(SEEDS, SIZES, SIZES)
def test_the_gradients_obey_the_chain_rule(seed: int, n: int, classes: int) -> None:
    z, y, zs, ys = draw(seed, n, classes)
    p, cache = activations.sigmoid_forward(z)
    dz = activations.sigmoid_backward(ce.binary_on_probabilities(p, y)[1], cache)
    np.testing.assert_allclose(dz, ce.binary_on_logits(z, y)[1], atol=1e-14)
    p, cache = activations.softmax_forward(zs)
    dzs = activations.softmax_backward(ce.categorical_on_probabilities(p, ys)[1], cache)
    np.testing.assert_allclose(dzs, ce.categorical_on_logits(zs, ys)[1], atol=1e-14)
    np.testing.assert_allclose(dzs.sum(axis=1), 0, atol=1e-14)


@given(SEEDS, SIZES)
def test_binary_is_categorical_with_two_classes(seed: int, n: int) -> None:
    z, y, _, _ = draw(seed, n)
    loss, dz = ce.binary_on_logits(z, y)
    loss_2, dz_2 = ce.categorical_on_logits(np.stack([np.zeros(n), z], axis=1), y)
    np.testing.assert_allclose(loss, loss_2)
    np.testing.assert_allclose(dz, dz_2[:, 1], atol=1e-14)


@pytest.mark.parametrize("classes", [2, 10])
def test_knowing_nothing_costs_the_logarithm_of_the_classes(classes: int) -> None:
    loss, _ = ce.categorical_on_logits(np.zeros((3, classes)), np.array([0, 1, 1]))
    assert loss == pytest.approx(log(classes))


def test_softmax_applied_twice_costs_what_a_right_answer_should_not() -> None:
    z, y = 100 * np.eye(10), np.arange(10)
    p, _ = activations.softmax_forward(z)
    assert ce.categorical_on_logits(z, y)[0] == pytest.approx(0, abs=1e-40)
    assert ce.categorical_on_logits(p, y)[0] == pytest.approx(log(1 + 9 / np.e))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_cost_their_distance(dtype: type) -> None:
    z, y = np.array([1e4, -1e4, 1e4, -1e4], dtype), np.array([1, 0, 0, 1])
    loss, dz = ce.binary_on_logits(z, y)
    assert loss == 5e3
    np.testing.assert_array_equal(dz, [0, 0, 0.25, -0.25])
    loss, dz = ce.categorical_on_logits(
        np.array([[1e4, 0], [0, -1e4], [-1e4, -1e4]], dtype), np.array([1, 1, 0])
    )
    assert loss == pytest.approx((2e4 + log(2)) / 3)
    np.testing.assert_allclose(dz, np.array([[2, -2], [2, -2], [-1, 1]]) / 6, rtol=1e-6)


def test_a_small_loss_is_not_lost_to_rounding() -> None:
    loss, dz = ce.binary_on_logits(np.array([50.0]), np.array([1]))
    assert loss == pytest.approx(exp(-50), rel=1e-12)
    assert dz[0] == pytest.approx(-exp(-50), rel=1e-12)


def test_a_right_label_of_probability_zero_costs_infinitely_much() -> None:
    loss, dp = ce.binary_on_probabilities(np.array([0.0, 0.0]), np.array([1, 0]))
    assert loss == np.inf
    np.testing.assert_array_equal(dp, [-np.inf, 0.5])
    loss, dp = ce.categorical_on_probabilities(np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([0, 1]))
    assert loss == np.inf
    np.testing.assert_array_equal(dp, [[-np.inf, 0], [0, -0.5]])


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("wrong", [[0, -1, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0], [0, 0, 0]])
def test_refuses_labels_outside_the_classes_or_the_batch(
    function: Callable[..., Any], wrong: list[int]
) -> None:
    x, _ = inputs(function)
    with pytest.raises(ValueError, match="labels"):
        function(x, np.array(wrong))


def test_refuses_a_column_of_logits() -> None:
    with pytest.raises(ValueError, match="match"):
        ce.binary_on_logits(np.zeros((3, 1)), np.zeros(3, int))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("label", [np.uint8, np.int64])
@pytest.mark.parametrize("function", ALL)
def test_keeps_the_dtype_whatever_the_labels(function: Callable[..., Any], label: type, dtype: type) -> None:
    x, y = inputs(function)
    loss, dx = function(x.astype(dtype), y.astype(label))
    assert loss.dtype == dx.dtype == dtype
    assert dx.shape == x.shape
    np.testing.assert_allclose(dx, function(x, y)[1], rtol=1e-5)
