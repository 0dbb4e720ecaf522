"""Three bands, from the arithmetic's unit roundoff; hostile values cost an answer, never the judge."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from suites.tolerance import DOUBLE, NEAR, PARTLY_SINGLE, SINGLE, Band, allowed, as_array, compare
from suites.types import Opaque

EXPECTED = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]])
FINITE = st.integers(-64_000, 64_000).map(lambda n: n / 64)


def band(value, expected=EXPECTED, amplification=1.0, unit=DOUBLE):
    return compare(value, expected, amplification, unit).band


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (0.0, Band.ROUNDING),
        (1e-15, Band.ROUNDING),
        (1e-6, Band.ROUNDING),  # part of it in single precision: right, with a note
        (5e-5, Band.NEAR),
        (1e-3, Band.OFF),
        (1.0, Band.OFF),
    ],
)
def test_the_three_bands(error, wanted):
    assert band(EXPECTED + error) is wanted


@given(arrays(np.float64, (3, 4), elements=FINITE), st.integers(0, 11))
def test_every_entry_counts(expected, where):
    got = expected.copy()
    got.flat[where] += 1e-2 * (1 + abs(expected.flat[where]) + np.sqrt(np.mean(expected**2)))
    assert band(got, expected) is Band.OFF
    assert band(expected, expected) is Band.ROUNDING


@given(arrays(np.float64, (5,), elements=FINITE))
def test_what_float32_makes_of_it_is_right_in_float32(expected):
    compared = compare(expected.astype(np.float32), expected, 0.0, SINGLE)
    assert compared.band is Band.ROUNDING
    assert PARTLY_SINGLE not in compared.notes


def test_single_precision_in_a_double_answer_is_noted():
    compared = compare(EXPECTED * (1 + 1e-7), EXPECTED, 1.0, DOUBLE)
    assert compared.band is Band.ROUNDING
    assert compared.notes == (PARTLY_SINGLE,)
    assert compare(EXPECTED * (1 + 1e-16), EXPECTED, 1.0, DOUBLE).notes == ()


def test_ill_conditioning_widens_the_first_band():
    got = EXPECTED + 1e-10
    assert compare(got, EXPECTED, 1.0, DOUBLE).excess > 1
    assert compare(got, EXPECTED, 1e6, DOUBLE).excess <= 1


def test_an_expected_zero_has_the_tolerance_of_its_conditioning():
    zero = np.zeros(3)
    assert band(zero, zero, 0.0) is Band.ROUNDING
    assert band(zero + 1e-16, zero, 1.0) is Band.ROUNDING
    assert band(zero + 1e-300, zero, 0.0) is Band.OFF
    assert band(zero + 1e-4, zero, 1.0) is Band.OFF
    assert band(-zero, zero, 0.0) is Band.ROUNDING


def test_an_empty_array_agrees_with_an_empty_array():
    assert band(np.zeros((0, 3)), np.zeros((0, 3)), 0.0) is Band.ROUNDING
    assert band([], np.zeros(0), 0.0) is Band.ROUNDING


def test_the_band_ends_at_a_ten_thousandth():
    size = 1.0 + 1.0  # the entry and the rms
    assert band(np.array([1.0, 1.0]) + 0.99 * NEAR * size, np.ones(2)) is Band.NEAR
    assert band(np.array([1.0, 1.0]) + 1.1 * NEAR * size, np.ones(2)) is Band.OFF


# --------------------------------------------------------------------------- not finite


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_off(bad):
    got = EXPECTED.copy()
    got[0, 0] = bad
    compared = compare(got, EXPECTED, 1.0, DOUBLE)
    assert compared.band is Band.OFF
    assert compared.cause == "not finite"
    assert compared.error[0, 0] == np.inf


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_expected_not_finite_must_be_just_that(value):
    expected = np.array([1.0, value])
    assert band(expected.copy(), expected) is Band.ROUNDING
    assert band(np.array([1.0, 5.0]), expected) is Band.OFF
    other = np.inf if value != np.inf else -np.inf
    assert band(np.array([1.0, other]), expected) is Band.OFF


# --------------------------------------------------------------------------- shapes and kinds of value


@pytest.mark.parametrize("value", [EXPECTED[None], EXPECTED[..., None], EXPECTED.tolist(), EXPECTED[:, None]])
def test_axes_of_size_one_and_lists_are_forgiven_with_a_note(value):
    compared = compare(value, EXPECTED, 1.0, DOUBLE)
    assert compared.band is Band.ROUNDING
    assert compared.got.shape == EXPECTED.shape
    assert len(compared.notes) == 1


@pytest.mark.parametrize(
    ("value", "expected", "note"),
    [
        ([[1.0]], [1.0], "2 axes where 1 is expected"),
        ([1.0], [[1.0]], "1 axis where 2 are expected"),
        (1.0, [[1.0]], "0 axes where 2 are expected"),
        ([1.0], 1.0, "1 axis where 0 are expected"),
    ],
)
def test_the_note_counts_axes_and_says_no_size(value, expected, note):
    (found,) = compare(np.array(value), np.array(expected), 1.0, DOUBLE).notes
    assert found == f"{note}; axes of size one are forgiven"


def test_what_is_looked_at_is_kept_beside_its_error():
    """Where an expected value is infinite, too, which the quick look cannot judge."""
    expected = np.array([1.0, np.inf])
    for value, wanted in (([1.0, np.inf], Band.ROUNDING), ([1.5, np.inf], Band.OFF)):
        compared = compare(np.array(value), expected, 1.0, DOUBLE)
        assert compared.band is wanted
        assert compared.got.tolist() == value
        assert compared.error.tolist() == [abs(value[0] - 1.0), 0.0]


def test_numbers_stand_for_arrays_of_one():
    assert band(2.0, np.array(2.0)) is Band.ROUNDING
    assert band(2, np.array([[2.0]])) is Band.ROUNDING
    assert band(np.array([2.0]), np.array(2.0)) is Band.ROUNDING
    assert band(np.float32(2.0), np.array(2.0)) is Band.ROUNDING


@pytest.mark.parametrize("dtype", ["i1", "u8", "f2", "f4", "f8", "g", "i8"])
def test_other_real_types_are_read_by_value(dtype):
    assert band(np.array([1, 2], dtype=dtype), np.array([1.0, 2.0])) is Band.ROUNDING


class Lies(float):
    def __float__(self):
        return 1.0


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (Opaque("a generator"), "returned a generator, which cannot be sent back"),
        (None, "returned None"),
        ("1.0", "returned a str"),
        (True, "returned a bool"),
        ({"a": 1.0}, "returned a dict"),
        (1j, "returned values of type complex128"),
        (EXPECTED + 0j, "returned values of type complex128"),
        (EXPECTED > 0, "returned values of type bool"),
        ([1.0, None], "returned a list that holds a NoneType, real numbers were expected"),
        ([1.0, [1j]], "returned a list that holds a complex"),
        ([1.0, {"a": 1.0}], "returned values of type object"),
        ([1.0, 10**300], "returned values of type object"),
        ([[1.0], [1.0, 2.0]], "returned nested lists of unequal lengths"),
        (["a", "b"], "returned a list that holds a str"),
        (Fraction(1, 2), "returned values of type object"),
        (np.array([object()]), "returned values of type object"),
        (10**300, "returned values of type object"),
        (EXPECTED.T, "shape (3, 2), expected (2, 3)"),
        (EXPECTED[0], "shape (3,), expected (2, 3)"),
        (1.0, "shape (), expected (2, 3)"),
        (np.zeros((0, 3)), "shape (0, 3), expected (2, 3)"),
    ],
)
def test_what_is_no_array_of_reals_is_off_and_says_why(value, cause):
    compared = compare(value, EXPECTED, 1.0, DOUBLE)
    assert compared.band is Band.OFF
    assert compared.cause.startswith(cause)
    assert compared.got is None


def test_equal_counts_in_another_shape_are_not_forgiven():
    assert as_array(np.zeros((3, 1, 2)), (2, 3))[0] is None
    assert as_array(np.zeros(6), (2, 3))[0] is None


def test_text_in_a_long_list_costs_no_memory():
    """As an array it would be 80 TB."""
    got, cause, _ = as_array([*[0.0] * 1_000_000, "a" * 20_000_000], (1_000_001,))
    assert got is None
    assert cause == "returned a list that holds a str, real numbers were expected"


def test_a_deep_list_costs_no_crash():
    deep = 1.0
    for _ in range(200):
        deep = [deep]
    got, cause, _ = as_array(deep, (1,))
    assert got is None
    assert cause


@given(
    arrays(np.float64, (3, 4), elements=FINITE),
    st.integers(0, 11),
    st.sampled_from([0.0, 0.5, 0.999, 1.001, 2.0, -1.001, np.nan, np.inf]),
    st.sampled_from([DOUBLE, SINGLE]),
    st.sampled_from([0.0, 1.0, 1e3]),
)
def test_what_is_allowed_is_what_passes_as_rounding(expected, where, factor, unit, amplification):
    limit = allowed(expected, amplification)
    got = expected.copy()
    got.flat[where] += factor * limit.flat[where]
    passes = bool(np.all(np.abs(got - expected) <= limit))
    assert (band(got, expected, amplification, unit) is Band.ROUNDING) is passes


def test_what_is_allowed_is_finite_where_something_is_not():
    assert np.isfinite(allowed(np.array([1.0, np.inf, np.nan]), 1.0)).all()
