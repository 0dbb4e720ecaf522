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
        (
            lambda e: np.where(e > 0, np.inf, e),
            "dx holds infinities: something overflows, or is divided by zero",
        ),
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
    columns = np.stack([term.ravel() for term in terms.values()], axis=1)
    noise = drawn(8).ravel()
    noise = noise - columns @ np.linalg.lstsq(columns, noise, rcond=None)[0]  # which no coefficient shows
    assert relations.terms(off(terms["direct"] + noise.reshape(4, 3), expected, terms=terms)) == ""
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


# --------------------------------------------------------------------------- where each begins and ends


def one(relation, got, expected, **more):
    with np.errstate(all="ignore"):
        return relation(off(got, expected, **more))


def test_an_overflow_on_some_inputs_does_not_silence_the_rest():
    """Half of the cases are finite, and off by one factor; of others that are finite nothing is known."""
    twice = [off(2 * drawn(seed), drawn(seed)) for seed in range(2)]
    nan = [off(np.nan * drawn(seed), drawn(seed)) for seed in range(2)]
    said = "every entry of dx is off by the same factor: 2, wherever it is finite"
    assert explain("dx", [*twice, *nan]) == said
    assert explain("dx", [off(drawn(5), drawn(0)), off(drawn(6), drawn(1)), *nan]) == ""


def test_zeros_are_told_where_something_else_is_expected():
    assert one(relations.zeros, np.zeros(3), np.zeros(3)) == ""
    assert one(relations.zeros, np.zeros(3), np.eye(3)[1]) == "{t} is zero everywhere"
    assert one(relations.zeros, np.eye(3)[1], np.ones(3)) == ""


def test_the_argument_that_is_handed_back_has_its_shape_and_numbers():
    x, y = drawn(1), drawn(2)
    assert (
        one(relations.unchanged, y, drawn(3), inputs={"x": x, "y": y}) == "{t} is the argument y, unchanged"
    )
    assert one(relations.unchanged, y, drawn(3), inputs={"x": x, "y": y[0], "z": y + 1e-9}) == ""
    ones = np.ones((4, 3))
    assert one(relations.unchanged, ones, drawn(3), inputs={"x": np.ones(3)}) == ""


SAME_FACTOR = "every entry of {t} is off by the same factor"


@pytest.mark.parametrize("c", [2.0, 0.5, 4.0, 0.25, -2.0, -0.5])
def test_small_factors_are_named(c):
    e = drawn(0, (5, 7))
    assert one(relations.factor, c * e, e) == (f"{SAME_FACTOR}: {c:g}", SAME_FACTOR)
    assert one(relations.factor, c * e * (1 + 2e-6), e) == (SAME_FACTOR,)


@pytest.mark.parametrize(
    ("c", "names"),
    [
        (5.0, ("the size of axis 0",)),
        (7.0, ("the size of axis 1", "the size of axis 0 of x")),
        (1 / 7, ("one over the size of axis 1", "one over the size of axis 0 of x")),
        (35.0, ("the size of axes 0 and 1",)),
        (77.0, ("the size of axes 0 and 2 of x",)),
        (1 / 11, ("one over the size of axis 2 of x",)),
        (3.0, ()),
        (5.0 * (1 + 1e-5), ()),
    ],
)
def test_sizes_are_named_wherever_they_are_equal(c, names):
    e = drawn(0, (5, 7))
    found = one(relations.factor, c * e, e, inputs={"x": np.ones((7, 1, 11))})
    # an axis of size one goes with any other, and so does with none
    told = [
        name for name in found[:-1] if "axes 0 and 1 of x" not in name and "axes 1 and 2 of x" not in name
    ]
    assert [name for name in told if "axes 0 and 1 and 2" not in name] == [
        f"{SAME_FACTOR}: {n}" for n in names
    ]
    assert found[-1] == SAME_FACTOR


def test_an_axis_of_size_one_is_no_factor():
    e = drawn(0, (1, 7))
    assert one(relations.factor, e * (1 + 5e-7), e) == (SAME_FACTOR,)


def test_one_number_or_none_has_no_factor():
    assert one(relations.factor, [2.0], [1.0]) == ""
    assert one(relations.factor, [2.0, 4.0], [1.0, 2.0])[-1] == SAME_FACTOR
    assert one(relations.factor, [1.0, 1.0], [0.0, 0.0]) == ""
    assert one(relations.factor, [1.0, -1.0], [1.0, 1.0]) == ""


def test_a_factor_along_an_axis():
    said = "{{t}} is off by a factor that depends on axis {} only: a scale is missing or doubled"
    e = drawn(0, (3, 4, 5))
    for axis in range(3):
        scale = np.arange(2.0, 2 + e.shape[axis]).reshape([-1 if a == axis else 1 for a in range(3)])
        assert one(relations.axis_factor, scale * e, e) == said.format(axis)
        assert one(relations.axis_factor, -scale * e, e) == said.format(axis)
        some = np.where(scale == 3, 0, scale)
        assert one(relations.axis_factor, some * e, e) == ""  # a slice is missing: no scale
    assert one(relations.axis_factor, np.array([2.0, 3, 4]) * e[0, 0, :3], e[0, 0, :3]) == ""
    three = drawn(1, (2, 3))  # two factors for six numbers are a pattern, for four they are none
    assert one(relations.axis_factor, three * [[2.0], [3.0]], three) == said.format(0)
    two = drawn(1, (2, 2))
    assert one(relations.axis_factor, two * [[2.0], [3.0]], two) == ""
    single = drawn(1, (1, 8))
    assert one(relations.axis_factor, 2 * single, single) == ""
    holed = e.copy()
    holed[:, 1] = 0
    assert one(relations.axis_factor, holed * np.arange(2.0, 6)[:, None], holed) == ""


def test_reversed_and_shifted_along_each_axis():
    for axis in range(3):
        e = drawn(axis, (3, 4, 5))
        assert one(relations.flipped, np.flip(e, axis), e) == f"{{t}} is reversed along axis {axis}"
        for shift in (1, -1):
            moved = np.roll(e, shift, axis)
            assert one(relations.flipped, moved, e) == f"{{t}} is shifted by one along axis {axis}"
    assert one(relations.flipped, np.roll(e, 2, 2), e) == ""
    nearly = np.roll(e, 1, 2)
    nearly[1, 2, 3] += 1
    assert one(relations.flipped, nearly, e) == ""
    nearly[1, 2, 3] -= 2
    assert one(relations.flipped, nearly, e) == ""
    two = drawn(0, (2, 4))
    assert one(relations.flipped, two[::-1], two) == "{t} is reversed along axis 0"
    assert one(relations.flipped, np.stack([two[1], two[1] + 1]), two) == ""  # one row of two says nothing
    assert one(relations.flipped, drawn(3, (1, 4)), drawn(3, (1, 4)) + 1) == ""


def test_an_offset_everywhere_or_along_an_axis():
    same = "{t} is off by the same number everywhere: an additive term is missing or extra"
    along = "{{t}} is off by a constant along axis {}: an additive term is missing"
    e = drawn(0, (3, 4))
    assert one(relations.constant_offset, e - 0.5, e) == same
    assert one(relations.constant_offset, e + np.arange(4.0), e) == along.format(0)
    assert one(relations.constant_offset, e + np.arange(3.0)[:, None], e) == along.format(1)
    assert one(relations.constant_offset, e[0, :2] + 1, e[0, :2]) == same
    assert one(relations.constant_offset, e[0, :1] + 1, e[0, :1]) == ""
    assert one(relations.constant_offset, e[0] + np.arange(4.0), e[0]) == ""


def test_a_term_has_a_factor_beyond_a_ten_thousandth():
    terms = {name: drawn(i) for i, name in enumerate(("direct", "mean", "rest"))}
    values = list(terms.values())

    def told(*weights):
        got = sum(w * t for w, t in zip(weights, values, strict=True))
        return one(relations.terms, got, sum(values), terms=terms)

    assert told(1, 1 + 5e-5, 1) == ""
    assert told(1, 1 + 2e-4, 1) == told(1, 1 - 2e-4, 1) == 'in {t}, the term "mean" has another factor'
    assert told(1, 5e-5, 1) == told(1, -5e-5, 1) == 'in {t}, the term "mean" is missing'
    assert told(1, 2e-4, 1) == 'in {t}, the term "mean" has another factor'
    assert told(1, -1 + 5e-5, 1) == 'in {t}, the term "mean" has the wrong sign'
    assert told(1, -1 + 2e-4, 1) == 'in {t}, the term "mean" has another factor'
    assert told(1, -3, 1) == 'in {t}, the term "mean" has another factor'
    assert told(2, 2, 2) == ""  # that is a factor
    assert one(relations.terms, 2 * values[0], values[0], terms={"direct": values[0]}) == ""
    two = dict(list(terms.items())[:2])
    assert (
        one(relations.terms, values[0], values[0] + values[1], terms=two)
        == 'in {t}, the term "mean" is missing'
    )


def marked(shape, *indices):
    wrong = np.zeros(shape)
    for index in indices:
        wrong[index] = drawn(5, wrong[index].shape) + 3
    return wrong


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (marked((3, 4)), ""),
        (marked((3, 4), (1, 2)), "a single entry of {t} is off"),
        (marked((3, 4), (0,)), "only the first slice of {t} along axis 0 is off"),
        (marked((3, 4), (1,)), "only one slice of {t} along axis 0 is off"),
        (marked((3, 4), (2,)), "only the last slice of {t} along axis 0 is off"),
        (marked((3, 4), (slice(None), 3)), "only the last slice of {t} along axis 1 is off"),
        (marked((3, 4), (slice(None), 2)), "only one slice of {t} along axis 1 is off"),
        (marked((3, 4, 3), (slice(None), slice(None), 1)), "only one slice of {t} along axis 2 is off"),
        (marked((2, 4), (0,)), ""),
        (marked((3, 4), (0,), (2,), (slice(None), 0), (slice(None), 3)), "only the border of {t} is off"),
        (marked((3, 4), (0,), (1, 1)), ""),
        (marked((2, 4), (0,), (1,)), ""),
        (marked((8,), 0, 7), ""),
        (marked((2, 3), (1, 2)), "a single entry of {t} is off"),
        (marked((5,), 1), ""),
        (marked((3, 3, 3), (0,), (2,)), "only the border of {t} is off"),
    ],
)
def test_where_few_entries_are_off(wrong, said):
    assert one(relations.few_entries, drawn(6, wrong.shape) + wrong, drawn(6, wrong.shape)) == said


@pytest.mark.parametrize(
    ("right", "wrong", "said"), [(3, 1, True), (2, 1, False), (6, 2, True), (5, 2, False)]
)
def test_three_quarters_of_the_cases_must_say_it(right, wrong, said):
    cases = [off(-drawn(i), drawn(i)) for i in range(right)]
    cases += [off(drawn(50 + i), drawn(80 + i)) for i in range(wrong)]
    assert explain("dx", cases) == ("dx has the opposite sign" if said else "")


def test_what_holds_in_all_cases_is_said_before_what_holds_in_most():
    """The sign in three of four, some factor in all."""
    cases = [off(-drawn(i), drawn(i)) for i in range(3)] + [off(-3 * drawn(9), drawn(9))]
    assert explain("dx", cases) == "every entry of dx is off by the same factor"


def test_a_single_nan_among_infinities_is_told():
    got = np.array([np.inf, np.nan, 1.0])
    assert one(relations.not_finite, got, np.ones(3)).startswith("{t} holds NaN")


def test_zeros_are_right_where_zeros_are_expected():
    """Without any conditioning the tolerance is 0 there, and 0 is within it."""
    nothing = relations.Off(np.eye(7)[2], np.zeros(7), 0.0, DOUBLE, {}, {})
    assert np.flatnonzero(nothing.wrong).tolist() == [2]


def test_nearly_one_over_a_size_is_not_it():
    e = drawn(0, (5, 700))
    assert one(relations.factor, e / 700 * (1 + 1e-4), e) == (SAME_FACTOR,)
    assert one(relations.factor, e / 700, e)[0] == f"{SAME_FACTOR}: one over the size of axis 1"


def test_terms_that_are_one_another_tell_nothing():
    """Also where their sum is what came back: which of the two is off cannot be known."""
    terms = {"a": drawn(0), "b": 2 * drawn(0)}
    assert one(relations.terms, drawn(0), 3 * drawn(0), terms=terms) == ""
    beside = {**terms, "direct": drawn(1)}
    assert one(relations.terms, drawn(1) + drawn(0), drawn(1) + 3 * drawn(0), terms=beside) == ""
