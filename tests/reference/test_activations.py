from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference import activations as act

FINITE = st.floats(-1e3, 1e3)
ROWS = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=6), elements=FINITE)
NAMES = ["sigmoid", "tanh", "relu", "leaky_relu", "softmax"]


def both(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return getattr(act, f"{name}_forward"), getattr(act, f"{name}_backward")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(7,), (4, 3), (2, 3, 4, 5)])
def test_agrees_with_pytorch(name: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    operator = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": torch.nn.functional.leaky_relu,
        "softmax": lambda x: torch.softmax(x, dim=-1),
    }[name]
    rng = np.random.default_rng(1)
    x, dout = 5 * rng.standard_normal(shape), rng.standard_normal(shape)
    x.flat[0] = 0.0
    forward, backward = both(name)
    out, cache = forward(x)
    witness = torch.tensor(x, requires_grad=True)
    operator(witness).backward(torch.tensor(dout))
    np.testing.assert_allclose(out, operator(torch.tensor(x)).numpy(), rtol=1e-13)
    np.testing.assert_allclose(backward(dout, cache), witness.grad.numpy(), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        ("tanh", lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1), lambda x: 1 / np.cosh(x) ** 2),
        ("relu", lambda x: max(0.0, x), lambda x: 1.0 if x > 0 else 0.0),
        ("leaky_relu", lambda x: max(0.01 * x, x), lambda x: 1.0 if x > 0 else 0.01),
    ],
)
def test_agrees_with_the_slides_formula_element_by_element(
    name: str, value: Callable[[float], float], slope: Callable[[float], float]
) -> None:
    rng = np.random.default_rng(2)
    x, dout = 3 * rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    forward, backward = both(name)
    out, cache = forward(x)
    dx = backward(dout, cache)
    for i in np.ndindex(x.shape):
        assert out[i] == pytest.approx(value(x[i]), rel=1e-12)
        assert dx[i] == pytest.approx(dout[i] * slope(x[i]), rel=1e-9)


def test_softmax_backward_is_the_jacobian_of_the_slide() -> None:
    rng = np.random.default_rng(3)
    x, dout = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    p, cache = act.softmax_forward(x)
    dx = act.softmax_backward(dout, cache)
    for n in range(4):
        jacobian = np.array(
            [[p[n, i] * (1 - p[n, i]) if i == j else -p[n, i] * p[n, j] for j in range(5)] for i in range(5)]
        )
        np.testing.assert_allclose(p[n], np.exp(x[n]) / sum(np.exp(x[n])))
        np.testing.assert_allclose(dx[n], dout[n] @ jacobian)


@given(ROWS)
def test_sigmoid_is_steepest_at_a_quarter(x: np.ndarray) -> None:
    out, cache = act.sigmoid_forward(x)
    slope = act.sigmoid_backward(np.ones_like(x), cache)
    assert ((slope >= 0) & (slope <= 0.25)).all()
    np.testing.assert_allclose(out + act.sigmoid_forward(-x)[0], 1)
    assert act.sigmoid_backward(np.ones(1), act.sigmoid_forward(np.zeros(1))[1]) == 0.25


@given(ROWS, FINITE)
def test_softmax_rows_are_distributions_that_a_shift_leaves_alone(x: np.ndarray, c: float) -> None:
    p, cache = act.softmax_forward(x)
    assert ((p >= 0) & (p <= 1)).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1)
    np.testing.assert_allclose(act.softmax_forward(x + c)[0], p, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(act.softmax_backward(x, cache).sum(axis=-1), 0, atol=1e-9)


def test_at_zero_relu_stops_and_leaky_relu_scales() -> None:
    zero, one = np.zeros(1), np.ones(1)
    assert act.relu_backward(one, act.relu_forward(zero)[1]) == 0
    assert act.leaky_relu_backward(one, act.leaky_relu_forward(zero)[1]) == 0.01


def test_leaky_relu_takes_the_lectures_slope() -> None:
    out, cache = act.leaky_relu_forward(np.array([-2.0, 3.0]), slope=0.1)
    np.testing.assert_allclose(out, [-0.2, 3.0])
    np.testing.assert_allclose(act.leaky_relu_backward(np.array([5.0, 5.0]), cache), [0.5, 5.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_huge_inputs_stay_finite(name: str, dtype: type) -> None:
    x = np.array([[-1e4, -800.0, 0.0, 800.0, 1e4], [-1e4, -1e4, -1e4, -1e4, -1e4]], dtype)
    forward, backward = both(name)
    out, cache = forward(x)
    assert np.isfinite(out).all()
    assert np.isfinite(backward(np.ones_like(x), cache)).all()


def test_saturated_values_are_exact_limits() -> None:
    np.testing.assert_array_equal(act.sigmoid_forward(np.array([-1e4, 0.0, 1e4]))[0], [0, 0.5, 1])
    assert act.sigmoid_forward(np.array([-700.0]))[0] == np.exp(-700.0)
    np.testing.assert_array_equal(act.softmax_forward(np.array([0.0, 1000.0]))[0], [0, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_dtype_and_the_input(name: str, dtype: type) -> None:
    x = np.linspace(-2, 2, 12, dtype=dtype).reshape(3, 4)
    before = x.copy()
    forward, backward = both(name)
    out, cache = forward(x)
    dx = backward(np.ones_like(x), cache)
    assert out.dtype == dx.dtype == dtype
    assert out.shape == dx.shape == x.shape
    np.testing.assert_array_equal(x, before)
