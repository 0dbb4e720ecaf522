"""Each relation says what it is for, and only where it holds."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suites import relations
from suites.relations import Off, explain
from suites.tolerance import DOUBLE

SEEDS = st.integers(0, 10_000)


def off(got, expected, terms=None, inputs=None, unit=DOUBLE):
    return Off(np.asarray(got, float), np.asarray(expected, float), 1.0, unit, terms or {}, inputs or {})


def drawn(seed, shape=(4, 3)):
    return np.random.default_rng(seed).normal(size=shape)


def said(got, expected, **more):
    return explain("dx", [off(got, expected, **more)])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda e: e * np.nan, "dx holds NaN: somewhere 0/0"),
        (lambda e: np.where(e > 0, np.inf, e), "dx holds infinities: something overflows"),
        (lambda e: 0 * e, "dx is zero everywhere"),
        (lambda e: -e, "dx has the opposite sign"),
        (lambda e: e * 4, "every entry of dx is off by the same factor: the size of axis 0"),
        (lambda e: e / 3, "every entry of dx is off by the same factor: one over the size of axis 1"),
        (lambda e: e / 12, "every entry of dx is off by the same factor: one over the size of axes 0 and 1"),
        (lambda e: e * 2, "every entry of dx is off by the same factor: 2"),
        (lambda e: e * 0.7, "every entry of dx is off by the same factor"),
        (lambda e: e[::-1], "dx is reversed along axis 0"),
        (lambda e: np.roll(e, 1, 1), "dx is shifted by one along axis 1"),
        (
            lambda e: e.ravel(order="F").reshape(4, 3),
            "dx has the right numbers in another order: check a reshape",
        ),
        (lambda e: e * np.arange(2, 6)[:, None], "dx is off by a factor that depends on axis 0 only"),
        (lambda e: e * np.arange(2, 5), "dx is off by a factor that depends on axis 1 only"),
        (lambda e: e + 0.3, "dx is off by the same number everywhere"),
        (lambda e: e + np.arange(1, 4) ** 2.0, "dx is off by a constant along axis 0"),
        (lambda e: e + np.eye(4, 3) * (np.arange(3) == 2), "a single entry of dx is off"),
        (
            lambda e: e + np.array([0, 0, 0, 1])[:, None] * drawn(9),
            "only the last slice of dx along axis 0 is off",
        ),
        (
            lambda e: e + np.array([1, 0, 0, 0])[:, None] * drawn(9),
            "only the first slice of dx along axis 0 is off",
        ),
        (lambda e: e + drawn(7), ""),
    ],
)
def test_a_relation_says_what_holds(make, words):
    for seed in range(5):
        expected = drawn(seed)
        sentence = said(make(expected), expected)
        assert sentence.startswith(words)
        assert bool(words) == bool(sentence)


def test_the_border_and_other_axes():
    expected = drawn(0, (5, 4))
    border = np.ones((5, 4))
    border[1:-1, 1:-1] = 0
    assert said(expected + border * drawn(1, (5, 4)), expected) == "only the border of dx is off"
    square = drawn(0, (4, 4))
    assert said(square.T, square) == "dx has its axes in another order (1, 0)"
    cube = drawn(0, (2, 3, 3))
    assert said(cube.transpose(0, 2, 1), cube) == "dx has its axes in another order (0, 2, 1)"


def test_an_argument_handed_back():
    x, expected = drawn(1), drawn(2)
    assert said(x, expected, inputs={"x": x}) == "dx is the argument x, unchanged"


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ((1, 0, 1), 'in dx, the term "mean" is missing'),
        ((1, 1, -1), 'in dx, the term "projection" has the wrong sign'),
        ((1, 1.2, 1), 'in dx, the term "mean" has another factor'),
        ((1, 0, 0), 'in dx, the term "mean" is missing and the term "projection" is missing'),
    ],
)
def test_a_term_of_the_formula(weights, words):
    terms = {name: drawn(i) for i, name in enumerate(("direct", "mean", "projection"))}
    got = sum(w * t for w, t in zip(weights, terms.values(), strict=True))
    assert said(got, sum(terms.values()), terms=terms) == words


def test_no_term_is_blamed_for_what_terms_cannot_explain():
    terms = {name: drawn(i) for i, name in enumerate(("direct", "mean"))}
    expected = sum(terms.values())
    assert relations.terms(off(expected + drawn(8), expected, terms=terms)) == ""
    assert relations.terms(off(2 * expected, expected, terms=terms)) == ""
    dependent = {"a": drawn(0), "b": 2 * drawn(0)}
    assert relations.terms(off(drawn(0), 3 * drawn(0), terms=dependent)) == ""


# --------------------------------------------------------------------------- properties


@given(SEEDS, st.floats(0.01, 100))
def test_a_factor_is_always_seen(seed, c):
    expected = drawn(seed)
    assume(abs(c - 1) > 1e-3)
    assert relations.factor(off(c * expected, expected))[-1].startswith("every entry")


@given(SEEDS, st.floats(1e-3, 1.0))
def test_a_factor_with_an_error_on_one_entry_is_none(seed, error):
    expected = drawn(seed)
    got = 3 * expected
    got[1, 1] += error
    assert relations.factor(off(got, expected)) == ""


@given(SEEDS)
def test_unrelated_numbers_have_no_relation(seed):
    assert said(drawn(seed), drawn(seed + 20_000)) == ""


@given(SEEDS, st.sampled_from(relations.RELATIONS))
def test_no_relation_speaks_of_a_tensor_that_is_right(seed, relation):
    expected = drawn(seed)
    skipped = relations.factor, relations.axis_factor, relations.constant_offset  # trivially 1 and 0
    assume(relation not in skipped)
    assert relation(off(expected, expected)) == ""


@pytest.mark.parametrize("relation", relations.RELATIONS)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2, 1, 3)])
def test_no_relation_stumbles_over_a_shape(relation, shape):
    for got in (np.zeros(shape), np.ones(shape), np.full(shape, np.nan)):
        with np.errstate(all="ignore"):
            assert isinstance(relation(off(got, np.full(shape, 2.0))), (str, tuple))


# --------------------------------------------------------------------------- over cases


def test_all_cases_must_say_the_same():
    a, b = drawn(0), drawn(1)
    assert explain("dx", [off(-a, a), off(-b, b)]) == "dx has the opposite sign"
    assert explain("dx", [off(-a, a), off(b + drawn(2), b)]) == ""
    assert explain("dx", []) == ""


def test_one_odd_case_in_four_does_not_silence_the_rest():
    cases = [off(-drawn(i), drawn(i)) for i in range(3)] + [off(drawn(8), drawn(9))]
    assert explain("dx", cases) == "dx has the opposite sign"
