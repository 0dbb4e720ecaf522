"""Where a rule ends: each line is one that a mutant of `suites/` went past unseen."""

from dataclasses import replace
from functools import cache
from types import ModuleType

import numpy as np
import pytest

from reference import batchnorm
from suites import (
    Assignment,
    AuthoringError,
    Domain,
    Op,
    OwnTests,
    Part,
    agreement,
    gradient,
    orthogonal,
    regime,
)
from suites.assignment import wrong
from suites.diagnosis import matching_variants
from suites.evidence import evidence, most_telling, picture
from suites.grid import direction, on_grid, scale_of
from suites.handout import _rounded
from suites.judging import Grounds, judge_check
from suites.measurement import Measurement
from suites.property import judge_property, sums_to_zero
from suites.questions import Observed, ask_cases
from suites.relations import Off, explain
from suites.seal import seal, streams
from suites.tolerance import DOUBLE, PARTLY_SINGLE, SINGLE, Band, compare, rounding
from suites.types import Failure, Verdict


@regime(public=True)
def rows(rng):
    """Ordinary rows."""
    return {"x": rng.normal(size=(6, 3)), "gamma": rng.normal(size=3), "beta": rng.normal(size=3)}


LAYER = Op(
    forward="fwd",
    backward="bwd",
    oracle=batchnorm.forward,
    gradient=batchnorm.backward,
    args=("x", "gamma", "beta"),
    wrt=("x", "gamma", "beta"),
    regimes=(rows,),
)


@cache
def sealed():
    (case,) = seal(LAYER, (), streams(b"edges"))
    return case


def said(got, expected, **inputs):
    return explain("dx", [Off(np.asarray(got, float), np.asarray(expected, float), 1.0, DOUBLE, {}, inputs)])


def drawn(*shape):
    return np.random.default_rng(3).normal(size=shape)


# ------------------------------------------------------------------ the bands


def test_the_bands_include_their_ends():
    zero = np.zeros(3)  # the tolerance is then exactly that of the amplification
    for unit, times, notes in ((DOUBLE, 64, ()), (SINGLE, 64, ())):
        found = compare(zero + times * unit, zero, 1.0, unit)
        assert (found.band, found.notes) == (Band.ROUNDING, notes)
    assert compare(zero + 65 * DOUBLE, zero, 1.0, DOUBLE).notes == (PARTLY_SINGLE,)
    assert compare(zero + 64 * SINGLE, zero, 1.0, DOUBLE).notes == (PARTLY_SINGLE,)
    assert compare(zero + 65 * SINGLE, zero, 1.0, DOUBLE).band is Band.OFF
    assert compare(zero + 65 * SINGLE, zero, 1.0, SINGLE).band is Band.OFF


def test_the_tolerance_is_of_conditioning_size_and_entry():
    """The root mean square of 1, 7 is 5."""
    assert rounding(np.array([1.0, -7.0]), 3.0, DOUBLE).tolist() == [64 * 9 * DOUBLE, 64 * 15 * DOUBLE]
    assert rounding(np.zeros(0), 3.0, DOUBLE).shape == (0,)
    assert compare(np.zeros(0), np.zeros(0), 0.0, DOUBLE).band is Band.ROUNDING


def test_what_is_right_is_kept_with_its_error():
    expected = np.array([1.0, 2.0])
    found = compare([1.0, 2.0 + 2.0**-51], expected, 1.0, DOUBLE)
    assert (found.band, found.cause, found.excess) == (Band.ROUNDING, "", 0.0)
    assert (found.got.tolist(), found.error.tolist()) == ([1.0, 2.0 + 2.0**-51], [0.0, 2.0**-51])
    assert found.notes == ("a list where an array is expected",)
    single = compare(expected + 2.0**-25, expected, 1.0, DOUBLE)
    assert (single.got.tolist(), single.notes) == ((expected + 2.0**-25).tolist(), (PARTLY_SINGLE,))
    infinite = np.array([np.inf, 2.0])
    found = compare(infinite.tolist(), infinite, 1.0, DOUBLE)
    assert (found.band, found.cause, found.excess) == (Band.ROUNDING, "", 0.0)
    assert found.notes == ("a list where an array is expected",)


def test_what_is_near_is_beyond_rounding():
    """Both are allowed together: 2e-4 of size, and 2e-4 of conditioning."""
    one, amplification = np.ones(3), 1e-4 / (32 * SINGLE) - 2
    for error, band in ((1.9e-4, Band.ROUNDING), (3.9e-4, Band.NEAR), (4.1e-4, Band.OFF)):
        assert compare(one + error, one, amplification, SINGLE).band is band


def test_excess_is_in_units_of_the_tolerance():
    assert compare(np.zeros(3) + 640 * SINGLE, np.zeros(3), 1.0, SINGLE).excess == 10


# ------------------------------------------------------------------ relations


def test_one_zero_is_not_zero_everywhere():
    got = drawn(4, 3)
    got[1, 1] = 0
    assert "zero everywhere" not in said(got, drawn(4, 3) + 1)


def test_two_numbers_along_an_axis_are_no_pattern():
    e = drawn(2, 2)
    assert "depends on axis" not in said(e * np.array([[2.0], [3.0]]), e)
    assert "constant along" not in said(e + np.array([[2.0], [3.0]]), e)


def test_a_thin_array_has_no_border():
    e = drawn(2, 6)
    wrong = e.copy()
    wrong[:, [0, 5]] += drawn(2, 2) + 3
    assert "border" not in said(wrong, e)
    thick = drawn(4, 6)
    framed = thick + 3 + drawn(4, 6)
    framed[1:-1, 1:-1] = thick[1:-1, 1:-1]
    assert said(framed, thick) == "only the border of dx is off"


def test_few_numbers_have_no_place():
    e = drawn(5)
    assert "single entry" not in said(e + np.eye(5)[0], e)
    e = drawn(6)
    assert said(e + np.eye(6)[0], e) == "a single entry of dx is off"


# ------------------------------------------------------------------ the grid


@pytest.mark.parametrize("scale", [2.0**-9, 0.25, 1.0, 2.0**7])
def test_the_scale_of_small_and_large_numbers(scale):
    assert scale_of(np.array([scale, -scale])) == scale
    assert scale_of(np.zeros(2)) == scale_of(np.zeros(0)) == scale_of(np.array([np.inf])) == 1
    x = scale * np.array([1.0, -1.0 + 2.0**-20, 1.0 + 2.0**-21])
    assert on_grid(x).tolist() == (scale * np.array([1.0, -1.0 + 2.0**-20, 1.0])).tolist()
    u = direction(np.random.default_rng(0), x)
    assert np.all(u != 0)
    assert np.all(u / scale * 64 == np.round(u / scale * 64))


# ------------------------------------------------------------------ questions


class Slow:
    """A student who changes what it is given, and takes its time."""

    def __init__(self, student, seconds):
        self.student, self.seconds = student, seconds

    def ask(self, *calls):
        return [replace(answer, seconds=self.seconds) for answer in self.student.ask(*calls)]


def test_a_changed_upstream_gradient_is_noted_and_time_is_kept(double):
    def backward(dout, cache):
        gradients = batchnorm.backward(dout, cache)
        dout *= 2
        return gradients

    student = Slow(double(fwd=batchnorm.forward, bwd=backward), 3.0)
    seen = ask_cases(student, [replace(sealed(), echo=True)])
    assert seen[0].changed == ("dout",)
    found = judge_check("part", gradient(dx=1), seen, student, Grounds())
    assert found[0].notes == ("your function changes its argument dout in place",)
    assert found[0].seconds == 1  # a third of what the backward took
    (forward,) = judge_check("part", agreement(out=1), seen, student, Grounds())
    assert forward.notes == ()
    assert forward.seconds == 3
    assert ask_cases(student, [replace(sealed(), echo=False)])[0].changed == ()


# ------------------------------------------------------------------ naming


def case_with(target, **more):
    values = {"v": {"out": target}} if target is not None else {}
    expected = np.zeros(2)
    return replace(sealed(), expected={"out": expected}, amplification={"out": 1.0}, variants=values, **more)


def test_a_variant_matches_in_every_case_or_not_at_all():
    same, nan = np.ones(2), np.array([1.0, np.nan])
    first = Observed(case_with(same), {"out": same})
    assert matching_variants("out", [first]) == ("v",)
    assert matching_variants("out", [first, Observed(case_with(None), {"out": same})]) == ()
    assert matching_variants("out", [first, Observed(case_with(nan), {"out": nan})]) == ("v",)
    assert matching_variants("out", [first, Observed(case_with(nan), {"out": same})]) == ()
    assert matching_variants("out", [first, Observed(case_with(same), {"out": nan})]) == ()
    failed = Observed(case_with(same), {"out": Failure(Verdict.ERROR, "raised")})
    assert matching_variants("out", [failed, first]) == ("v",)
    assert matching_variants("out", [failed]) == ()


# ------------------------------------------------------------------ evidence


def test_an_exception_is_shown_before_a_wrong_number():
    wrong = Observed(case_with(None, public=True), {"out": np.ones(2)})
    raised = Observed(case_with(None, public=False, id="raised"), {})
    failure = Failure(Verdict.ERROR, "raised", "its text")
    looks = [(wrong, wrong.looked("out")), (raised, failure)]
    shown = evidence("out", looks, looks)
    assert (shown.case, shown.text, shown.cases, shown.failed_cases) == ("raised", "its text", 2, 2)
    assert evidence("out", looks, []).cases == 2
    assert evidence("out", looks[:1], looks[:1]).got == 1


# ------------------------------------------------------------------ the rest


def test_a_residual_of_nothing_is_zero():
    prop = sums_to_zero("it sums to zero", "out", (0,))
    assert prop.residual(case_with(None), np.array([2.0, -2.0])) == 0
    assert prop.residual(replace(sealed(), amplification={}), np.zeros(2)) == 0
    assert prop.residual(case_with(None), np.array([3.0, 1.0])) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((-123.4, "-120"), (123.4, "120"), (9.96, "10"), (-0.0123, "-0.012"), (3.14, "3.1")),
        *((1234567, "1200000"), (-1234567, "-1200000"), (1.23e-7, "1.2e-07"), (-1.23e300, "-1.2e+300")),
    ],
)
def test_numbers_of_a_table(value, text):
    assert _rounded(value) == text


def test_what_an_assignment_holds():
    """Each operation once, and what is a variant of all that a module or a list has."""
    part, other = (Part(name, LAYER, (agreement(out=1),)) for name in ("one", "other"))
    timed = OwnTests("tests", "check", ModuleType("subjects"), worth=1)
    second = replace(LAYER, forward="second")
    parts = (part, timed, other, Part("last", second, (agreement(out=2), gradient(dx=1, dgamma=3))))
    whole = Assignment("A title", "file.py", parts)
    assert [op.forward for op in whole.ops] == ["fwd", "second"]
    assert parts[-1].points == (("out", 2), ("dx", 1), ("dgamma", 3))
    odd = wrong("odd", batchnorm.forward, "Odd.", "Is it?")(batchnorm.forward)
    module = ModuleType("variants")
    module.odd, module.other = odd, "no variant"
    for variants in (module, [odd, "no variant"]):
        assert replace(whole, variants=variants).all_variants == (odd,)


def test_what_an_assignment_allows_by_itself():
    plain = Assignment("A title", "file.py", ())
    assert (plain.seconds, plain.memory, plain.packages) == (5.0, 512 << 20, ("numpy",))


# ------------------------------------------------------------------ what an author declares


def test_a_domain_is_its_words_and_a_test():
    positive = Domain("positive", lambda eps: eps > 0)
    assert positive == "positive"
    assert positive.holds(1)
    assert not positive.holds(0)

    @regime()
    def odd(rng):
        """Odd rows."""
        return {**rows.draw(rng), "gamma": -np.ones(3)}

    with pytest.raises(
        AuthoringError, match="regime odd draws a 'gamma' that is not in its domain: positive"
    ):
        seal(replace(LAYER, domains={"gamma": positive}, regimes=(odd,)), (), streams(b"edges"))
    with pytest.raises(AuthoringError, match="fwd has no kinds of input"):
        seal(replace(LAYER, regimes=()), (), streams(b"edges"))


# ------------------------------------------------------------------ what is measured


def test_what_is_flagged_or_has_no_value_does_not_stand():
    speed = Measurement("speed", 2.0, 1.9, 2.1, 10, "x", "lower", "log", 0.02, "a cpu", "1")
    assert speed.stands
    assert not replace(speed, flags=("odd",)).stands
    assert not replace(speed, value=None).stands


# ------------------------------------------------------------------ what is shown


def look(value, public=True, id="case"):
    o = Observed(case_with(None, public=public, id=id), {"out": value})
    return o, o.looked("out")


def test_a_public_case_is_shown_before_a_hidden_one_and_the_worst_of_each():
    small, large, hidden = look(np.ones(2)), look(3 * np.ones(2)), look(9 * np.ones(2), public=False)
    shapeless, hidden_shapeless = look(np.ones(3)), look(np.ones(3), public=False)
    assert most_telling([hidden, small, large]) is large
    assert most_telling([shapeless, small]) is small
    assert most_telling([hidden, shapeless]) is shapeless
    assert most_telling([hidden_shapeless, hidden]) is hidden


def test_the_worst_entry_is_shown_as_it_is():
    o, compared = look(np.array([0.5, -2.0]))
    found = evidence("out", [(o, compared)] * 3, [(o, compared)])
    assert (found.index, found.expected, found.got, found.max_error) == ((1,), 0.0, -2.0, 2.0)
    assert (found.shape, found.cases, found.failed_cases) == ((2,), 3, 1)
    assert found.picture == ((0.25, 1.0),)
    assert evidence("out", [(o, compared)], []).index is None
    wrong_shape = evidence("out", [look(np.ones(3))], [look(np.ones(3))])
    assert (wrong_shape.shape, wrong_shape.index) == ((2,), None)


def test_a_picture_has_rows_below_each_other():
    assert picture(np.array([1.0, 0.0, 3.0])) == ((0.333, 0.0, 1.0),)
    assert picture(np.arange(8.0).reshape(2, 2, 2))[-1] == (0.857, 1.0)
    assert len(picture(np.arange(8.0).reshape(2, 2, 2))) == 4
    deep = picture(np.arange(24.0).reshape(2, 3, 4))
    assert (len(deep), len(deep[0])) == (6, 4)
    assert picture(np.zeros((2, 2))) == ((0.0, 0.0), (0.0, 0.0))
    assert picture(np.array([1.0, np.inf, np.nan])) == ((0.0, 1.0, 1.0),)
    assert picture(np.float64(2.0)) == ((1.0,),)
    wide = picture(np.ones((24, 25)))
    assert (len(wide), len(wide[0])) == (24, 24)


# ------------------------------------------------------------------ properties


def with_zero_sums(value, amplification=0.0, tier="ordinary", expected=None):
    case = case_with(None, tier=tier)
    case = replace(
        case,
        expected={"out": np.zeros(2) if expected is None else expected},
        amplification={"out": amplification},
    )
    return Observed(case, {"out": value})


def test_a_residual_is_relative_to_what_could_have_come_out():
    case = case_with(None)
    over = sums_to_zero("", "out", (0,))
    assert over.residual(replace(case, amplification={}), np.array([[1.0, 5.0], [-1.0, 1.0]])) == 1
    assert over.residual(replace(case, amplification={}), np.array([[1.0, 5.0], [-1.0, -4.0]])) == 1 / 9
    assert over.residual(replace(case, amplification={"out": 20.0}), np.array([1.0, 1.0])) == 0.1
    assert over.residual(replace(case, amplification={}), np.array([0.25, 0.25])) == 1
    two = np.array([[1.0, -1.0], [1.0, -1.0]])  # each sum counts by itself, and by its size
    assert over.residual(replace(case, amplification={}), two) == 1
    assert over.residual(replace(case, amplification={}), -two[:, :1]) == 1
    assert sums_to_zero("", "out", (1,)).residual(case, np.zeros((0, 3))) == 0
    to = orthogonal("", "out", "v", 0)
    assert to.residual(replace(case, inputs={"v": np.zeros((0, 3))}), np.zeros((0, 3))) == 0
    negative = replace(case, inputs={"v": np.array([-4.0, -2.0])}, amplification={"out": 5.0})
    assert to.residual(negative, np.array([1.0, 1.0])) == 6 / 20
    turned = replace(case, inputs={"v": np.array([4.0, -2.0])}, amplification={})
    assert to.residual(turned, np.array([1.0, 2.0])) == 0
    assert to.residual(turned, np.array([1.0, 1.0])) == 2 / 6
    assert to.residual(replace(turned, amplification={"out": 5.0}), np.array([1.0, 1.0])) == 2 / 20


def test_a_property_fails_where_an_ordinary_case_is_off_and_breaks_it():
    prop = sums_to_zero("It sums to zero.", "out", (0,))
    broken, kept = with_zero_sums(np.array([1.0, 1.0])), with_zero_sums(np.array([1.0, -1.0]))
    (found,) = judge_property("part", prop, [broken, kept, with_zero_sums(np.zeros(2))])
    assert (found.verdict, found.evidence.cases, found.evidence.failed_cases) == (Verdict.FAIL, 3, 1)
    assert found.cause == "does not hold: It sums to zero."
    (found,) = judge_property("part", prop, [kept])
    assert (found.verdict, found.cause, found.points) == (Verdict.PASS, "It sums to zero.", 0)
    right = with_zero_sums(np.ones(2), expected=np.ones(2))
    (found,) = judge_property("part", prop, [right])
    assert found.verdict is Verdict.PASS  # the oracle comes first
    assert judge_property("part", prop, [with_zero_sums(np.ones(2), tier="unusual")]) == []
    assert judge_property("part", prop, [with_zero_sums(Failure(Verdict.ERROR, "raised"))]) == []
    for odd in (np.nan, np.inf):
        (found,) = judge_property("part", prop, [with_zero_sums(np.array([odd, -odd]))])
        assert found.verdict is Verdict.FAIL
    for residual, verdict in ((2.0**-42, Verdict.PASS), (2.0**-39, Verdict.FAIL)):
        (found,) = judge_property("part", prop, [with_zero_sums(np.array([1.0, -1.0 + 2 * residual]))])
        assert found.verdict is verdict


# ------------------------------------------------------------------ naming


def test_a_variant_matches_within_four_roundings():
    expected = np.zeros(2)  # the tolerance is then exactly that of the amplification
    for times, ids in ((1 + 3.9 * 64 * DOUBLE, ("v",)), (1 - 3.9 * 128 * DOUBLE, ("v",)), (1 + 1e-9, ())):
        assert matching_variants("out", [Observed(case_with(np.ones(2)), {"out": times * np.ones(2)})]) == ids
    assert matching_variants("out", [Observed(case_with(np.ones(2)), {"out": expected})]) == ()
    assert matching_variants("out", [Observed(case_with(np.ones(2)), {"out": np.ones(3)})]) == ()
    assert matching_variants("out", [Observed(case_with(np.ones(2)), {"out": None})]) == ()
    assert matching_variants("dx", [Observed(case_with(np.ones(2)), {"out": np.ones(2)})]) == ()


def test_a_variant_in_float32_is_known_by_what_else_is_in_float32():
    """Beside something that is right but for float32; nobody else may be off by as much."""
    case = case_with(np.ones(2))
    case = replace(
        case,
        expected={"out": np.zeros(2), "dx": np.ones(2)},
        amplification={"out": 1.0, "dx": 1.0},
    )
    nearly = np.ones(2) + 1e-7
    assert matching_variants("out", [Observed(case, {"out": nearly, "dx": np.ones(2)})]) == ()
    assert matching_variants("out", [Observed(case, {"out": nearly, "dx": nearly})]) == ("v",)
