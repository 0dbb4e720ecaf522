"""Where the slope of the student's own forward jumps, and where it only looks so."""

import numpy as np
import pytest

from suites.kinks import MOST, subgradient
from suites.ladder import DOUBLE_ARITHMETIC, Point


@pytest.fixture
def at_zero(double, point):
    """Asks whether `slope` is one at 0 of an elementwise function, where the oracle takes `oracles`."""

    def ask(function, slope, oracles=0.0, n=6, expected=True):
        student = double(
            forward=lambda x: (function(x), x),
            backward=lambda dout, x: dout * np.where(x == 0, slope, np.sign(x) * (1 + 2.0**-52)),
        )
        x = np.concatenate((np.zeros(n), [1.0, -2.0]))
        case = point(
            "x",
            x.shape,
            True,
            0,
            lambda v: {"dx": v * np.where(x == 0, oracles, np.sign(x))} if expected else {},
            x=x,
        )
        here = Point(student, case, case.inputs, case.upstream, DOUBLE_ARITHMETIC)
        return subgradient(here, "x", np.random.default_rng(0)), student.asked.count("forward")

    return ask


@pytest.mark.parametrize(
    ("slope", "between"),
    [(-1.0, True), (1.0, True), (0.3, True), (-1.01, False), (1.01, False), (np.nan, False)],
)
def test_between_the_sides_of_an_absolute_value(slope, between, at_zero):
    assert at_zero(np.abs, slope)[0] is between
    assert at_zero(np.abs, slope, n=1)[0] is between


def test_who_takes_the_oracles_slope_left_at_no_kink(at_zero):
    assert at_zero(np.abs, 0.0) == (False, 1)


def test_without_an_expected_gradient_nothing_is_excused(at_zero):
    assert at_zero(np.abs, 0.3, expected=False) == (False, 0)


def test_a_smooth_function_has_no_kink(at_zero):
    assert not at_zero(np.square, 0.3)[0]
    assert not at_zero(lambda x: x, 0.3)[0]


@pytest.mark.parametrize(("width", "kink"), [(2.0**-16, False), (2.0**-20, False), (2.0**-30, True)])
def test_a_rounded_corner_is_none_where_a_smaller_step_sees_it(width, kink, at_zero):
    assert at_zero(lambda x: np.sqrt(x**2 + width**2), 0.3)[0] is kink


@pytest.mark.parametrize(("height", "kink"), [(1e-3, True), (1e-9, False)])
def test_a_jump_that_rounding_could_make_is_none(height, kink, at_zero):
    assert at_zero(lambda x: 1e3 + height * np.abs(x), 0.3 * height, 5 * height)[0] is kink


def test_what_grows_beside_the_kink_hides_it(at_zero):
    """The slope changes more along a step than it jumps."""
    assert not at_zero(lambda x: np.sin(2.0**16 * x) + 0.1 * np.abs(x), 0.05)[0]


SIZES = pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])


@SIZES
@pytest.mark.parametrize(("share", "kink"), [(0.05, True), (0.5, False)])
def test_a_slope_known_to_a_tenth_of_the_jump_is_known(share, kink, size, at_zero):
    """Of c x^5 the ladder's bar is c h^4 (1/4 - 1/64) / 4; the slope of |x| jumps by 2."""
    c = 2 * share * 4 / (1 / 4 - 1 / 64) * 2.0**56
    assert at_zero(lambda x: size * (np.abs(x) + c * x**5), 0.3 * size)[0] is kink
    if kink:  # four bars are allowed beside the two sides: four times 0.1
        for slope, between in ((1.25, True), (-1.25, True), (1.45, False), (-1.45, False)):
            assert at_zero(lambda x: size * (np.abs(x) + c * x**5), slope * size)[0] is between


@pytest.mark.parametrize(("roundings", "kink"), [(15, False), (25, True)])
def test_a_jump_is_twenty_roundings_high(roundings, kink, at_zero):
    """Beside 1024 a rounding is a jump of 2**-19 at the finer step."""
    assert at_zero(lambda x: 1024 + roundings * 2.0**-20 * np.abs(x), 0.0, 1.0)[0] is kink


def test_where_no_gradient_is_expected_only_what_differs_is_asked(double, point):
    x = np.array([0.0, -1.0, -2.0])
    student = double(
        forward=lambda x: (np.maximum(x, 0), x), backward=lambda dout, x: np.where(x == 0, dout / 2, 0)
    )
    case = point("x", (3,), True, 0, lambda v: {"dx": 0 * v}, x=x)
    here = Point(student, case, case.inputs, case.upstream, DOUBLE_ARITHMETIC)
    assert subgradient(here, "x", np.random.default_rng(0))


@SIZES
@pytest.mark.parametrize(("height", "kink"), [(0.0, True), (0.5, False), (3.0, False), (-0.5, False)])
def test_a_jump_of_another_height_nearby_is_none(height, kink, size, at_zero):
    """Within 2**-18 the slope is another than at the first step, so neither need be that at 0."""

    def bent(x):
        return size * (np.abs(x) + height * np.minimum(np.abs(x), 2.0**-18))

    assert at_zero(bent, 0.3 * size)[0] is kink


def test_of_many_entries_some_are_asked(at_zero):
    per_entry = 12  # two ladders of six forwards
    assert at_zero(np.abs, 0.3, n=5) == (True, 1 + 5 * per_entry)
    assert at_zero(np.abs, 0.3, n=100) == (True, 1 + MOST * per_entry)


def test_no_entry_is_asked_twice(at_zero):
    moved = []

    def function(x):
        moved.extend(np.flatnonzero(x[:100]))
        return np.abs(x)

    assert at_zero(function, 0.3, n=100)[0]
    assert len(set(moved)) == MOST
