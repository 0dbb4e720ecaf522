"""How an oracle's answer moves with its inputs: kinks, jumps and distances. Through a seal: test_seal.py."""

import numpy as np
import pytest

from suites import Op
from suites.conditioning import _distance, _straight, is_kinked
from suites.tolerance import SINGLE


def of_x(forward):
    """An operation of one argument; nothing asks for its gradient here."""
    return Op(
        "f", lambda x: (forward(x), x), ("x",), (), backward="b", gradient=lambda dout, x: x, wrt=("x",)
    )


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_a_kink_counts_beside_what_the_whole_gradient_is(size):
    """Its jump is measured by the slopes and by upstream, so no scale of the loss hides it."""

    op = of_x(lambda x: np.maximum(x, 0))
    rng = np.random.default_rng(0)
    upstream = np.array([size, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert is_kinked(op, {"x": np.arange(6.0)}, upstream, rng)
    assert not is_kinked(op, {"x": np.arange(6.0)}, upstream[::-1], rng)
    assert not is_kinked(op, {"x": np.arange(1.0, 7.0)}, upstream, rng)


@pytest.mark.parametrize("size", [1.0, 1e9])
def test_rounding_where_nothing_changes_is_no_kink(size):
    flat = of_x(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert not is_kinked(flat, {"x": rng.normal(size=40)}, np.full(40, size), rng)


@pytest.mark.parametrize("slope", [-1e6, 1e6])
def test_rounding_of_a_steep_line_is_no_kink(slope):
    line = of_x(lambda x: slope * x)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert not is_kinked(line, {"x": rng.normal(size=40)}, np.ones(40), rng)


def test_one_kink_among_thousands_of_numbers_is_found():
    hinge = of_x(lambda x: np.maximum(x, 0))
    upstream = np.zeros(4000)
    upstream[7] = 1.0
    assert is_kinked(hinge, {"x": np.zeros(4000)}, upstream, np.random.default_rng(0))


def test_the_output_that_the_upstream_gradient_belongs_to_counts():
    both = Op("f", lambda x: (3 * x, np.abs(x), x), ("x",), (), ("out", "size"), backward="b", wrt=("x",))
    assert not is_kinked(both, {"x": np.zeros(6)}, np.ones(6), np.random.default_rng(0))


def test_a_kink_between_two_numbers_is_found():
    """They move each by itself: together they would never part."""
    tie = of_x(lambda x: np.abs(x[:1] - x[1:]))
    assert is_kinked(tie, {"x": np.ones(2)}, np.ones(1), np.random.default_rng(0))


def test_what_shrinks_with_the_move_is_straight():
    value, far = np.zeros(4), np.array([1.0, 1.0, -1.0, -1.0])
    near = np.array([0.22, 0.3, -0.3, -0.22])
    assert _straight(value, far, near).tolist() == [1, 0, 0, -1]
    assert _straight(value + 10, far + 10, near + 10).tolist() == [11, 10, 10, 9]


def test_a_distance_is_in_roundings_of_float32():
    assert _distance(np.array([1.0, 2.0]), np.array([1.0, 2.0 - 3 * SINGLE])) == 3
    assert _distance(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 3 * SINGLE])) == 3
    assert _distance(np.array([np.nan]), np.zeros(1)) == _distance(np.array([np.inf]), np.zeros(1)) == 0
    assert _distance(np.zeros(0), np.zeros(0)) == 0
