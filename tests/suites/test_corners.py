"""Both sides of an oracle's corner, entry by entry; where it is smooth there is one value."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from suites.assignment import Op, Regime
from suites.corners import sides
from suites.seal import seal, streams
from suites.types import Array, Case

Function = Callable[[Array], Array]


def sealed(function: Function, slope: Function, x: Array) -> tuple[Op, Case]:
    """An operation of one argument, elementwise, at a point."""

    def forward(x: Array) -> tuple[Array, Array]:
        return function(x), x

    def backward(dout: Array, x: Array) -> Array:
        return dout * slope(x)

    regime = Regime("point", lambda rng: {"x": x.copy()}, "A point.")
    op = Op("f", forward, ("x",), (regime,), backward="b", gradient=backward, wrt=("x",))
    (case,) = seal(op, (), streams(b"corners"))
    return op, case


def relu_slope(at_zero: float) -> Function:
    return lambda x: np.where(x == 0, at_zero, (x > 0) * 1.0)


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_at_zero_a_relu_may_pass_all_or_nothing_on(at_zero: float, dtype: Any) -> None:
    x = np.array([[0.0, 1.0, -1.0], [0.0, 2.0, -0.5]], dtype=dtype)
    op, case = sealed(lambda x: np.maximum(x, 0), relu_slope(at_zero), x)
    assert case.kinked
    assert case.upstream is not None
    low, high = sides(op, case, "dx")
    corner = x == 0
    assert np.array_equal(low[~corner], case.expected["dx"][~corner])
    assert np.array_equal(high[~corner], case.expected["dx"][~corner])
    dout = case.upstream.astype(np.float64)[corner]
    assert np.allclose(low[corner], np.minimum(dout, 0), rtol=1e-7, atol=1e-7)
    assert np.allclose(high[corner], np.maximum(dout, 0), rtol=1e-7, atol=1e-7)


def test_a_bent_function_has_a_corner_and_no_more() -> None:
    x = np.array([0.0, 0.3, -2.0])
    op, case = sealed(lambda x: np.abs(x) + np.exp(x), lambda x: np.sign(x) + np.exp(x), x)
    low, high = sides(op, case, "dx")
    assert np.array_equal(low[1:], high[1:])
    assert high[0] - low[0] == pytest.approx(2 * abs(float(case.upstream[0])), rel=1e-6)  # type: ignore[index]


def test_a_smooth_function_has_one_value() -> None:
    op, case = sealed(np.square, lambda x: 2 * x, np.array([0.0, 1.0, -2.0]))
    assert not case.kinked
    for tensor in ("out", "dx"):
        low, high = sides(op, case, tensor)
        assert np.array_equal(low, case.expected[tensor])
        assert np.array_equal(high, case.expected[tensor])


def test_outputs_have_no_sides_at_a_corner() -> None:
    op, case = sealed(lambda x: np.maximum(x, 0), relu_slope(0.0), np.array([0.0, 1.0]))
    low, high = sides(op, case, "out")
    assert np.array_equal(low, high)
