"""What is read off draws: who survived, by which factor, and in which words it is told."""

from math import isnan, nan

import numpy as np
import pytest

from suites.chance import DEPENDENT, FIXED, SAME, TIED, UNEVEN
from suites.masks import (
    IN_PARTS,
    Draws,
    _factor,
    _in_words,
    follows_own,
    look_at_dx,
    look_at_out,
    same_trait,
    trait_of_dx,
    trait_of_out,
)
from suites.tolerance import DOUBLE, Band
from suites.types import Law, Trait

CALLS = 40
SHAPE = (9, 7)
LAW = Law(0.6, 1 / 0.6)
X = np.random.default_rng(0).uniform(0.5, 1.5, SHAPE)
DOUT = np.random.default_rng(1).uniform(0.5, 1.5, SHAPE)
MASKS = (np.random.default_rng(2).random((CALLS, *SHAPE)) < 0.6) / 0.6
HALF_ZERO = np.where(np.arange(7) < 3, 0.0, X)  # three columns of zeros


def draws(outs=None, dxs=None, x=X, law=LAW):
    outs = MASKS * x if outs is None else outs
    return Draws(law, x, outs, DOUT, (MASKS * DOUT if dxs is None else dxs)[:4])


def out(outs, x=X, law=LAW):
    found, reasons = look_at_out(draws(outs, x=x, law=law), DOUBLE)
    assert (found.band is Band.ROUNDING) == (not reasons)
    return reasons


def dx(dxs, outs=None, x=X, law=LAW):
    found, reasons = look_at_dx(draws(outs, dxs, x, law), DOUBLE)
    assert (found.band is Band.ROUNDING) == (not reasons)
    return reasons


# --------------------------------------------------------------------------- out


def test_what_obeys_the_law_is_right():
    assert out(MASKS * X) == out(MASKS * HALF_ZERO, HALF_ZERO) == []
    found, _ = look_at_out(draws(), DOUBLE)
    assert found.got is not None


def test_zeros_follow_no_law():
    """Neither as out nor as the gradient of such an out; a few zeros may be an accident."""
    for x in (X, HALF_ZERO):
        assert out(0 * MASKS, x) == dx(0 * MASKS, 0 * MASKS, x) == ["{t} is zero everywhere"]
    few = Draws(LAW, X[:2, :2], np.zeros((5, 2, 2)), DOUT[:2, :2], np.zeros((4, 2, 2)))
    assert look_at_out(few, DOUBLE)[1] == look_at_dx(few, DOUBLE)[1] == []


def test_what_is_off_shows_no_numbers_of_a_draw():
    found, _ = look_at_out(draws(2 * MASKS * X), DOUBLE)
    assert (found.got, found.error) == (None, None)
    assert found.excess > 1


@pytest.mark.parametrize(
    ("outs", "reasons"),
    [
        (2 * MASKS * X, ["what survives in {t} is x times 3.33, 1.67 is expected"]),
        (0 * MASKS * X, ["{t} is zero everywhere"]),
        (np.where(MASKS > 0, np.nan, 0), ["{t} is not finite", None]),
        (MASKS * X**2, ["what survives in {t} is not x times one factor"]),
    ],
)
def test_a_factor_that_is_off_is_told(outs, reasons):
    found = out(outs)
    assert found[0] == reasons[0]
    if None not in reasons:
        assert found == reasons


def test_a_rate_that_is_off_is_told_beside_the_factor():
    more = (np.random.default_rng(3).random((CALLS, *SHAPE)) < 0.9) / 0.6
    assert out(more * X) == ["{t} keeps 90 % of the entries, 60 % are expected"]
    assert out(more * X * 0.6)[0] == "what survives in {t} is x times 1, 1.67 is expected"
    assert out(more * X * 0.6)[1] == "{t} keeps 90 % of the entries, 60 % are expected"


def test_one_draw_for_a_row_is_told_as_that_and_not_as_a_rate():
    rows = np.repeat((np.random.default_rng(4).random((CALLS, 9, 1)) < 0.6) / 0.6, 7, axis=2)
    assert out(rows * X) == ["in {t} one draw decides for all entries along axis 1"]
    often = np.repeat((np.random.default_rng(4).random((CALLS, 9, 1)) < 0.9) / 0.6, 7, axis=2)
    assert out(often * X) == [
        "in {t} one draw decides for all entries along axis 1",
        "{t} keeps 86 % of the entries, 60 % are expected",
    ]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({SAME, UNEVEN, DEPENDENT}, "every call of {t} drops the same entries"),
        ({f"{TIED}0", f"{TIED}1", UNEVEN}, "in {t} one draw decides for all entries along axis 0 and axis 1"),
        ({FIXED, DEPENDENT}, "how many entries of {t} are dropped is the same every time"),
        ({UNEVEN, DEPENDENT}, "some entries of {t}, or some calls, drop more than others"),
        ({DEPENDENT}, "entries of {t} are not dropped independently of each other"),
    ],
)
def test_of_what_is_strange_the_most_telling_is_said(found, words):
    assert _in_words(frozenset(found)) == [words]
    assert _in_words(frozenset()) == []


# --------------------------------------------------------------------------- where nothing is random

CERTAIN = Law(1.0, 1.0)
ONES = np.ones((2, *SHAPE))


@pytest.mark.parametrize(
    ("outs", "reasons"),
    [
        (ONES * X, []),
        (ONES * X * 0.6, ["what survives in {t} is x times 0.6, 1 is expected"]),
        (MASKS[:2] * X, ["{t} differs from call to call, where nothing is random"]),
        (np.array([X, 2 * X]), ["{t} differs from call to call, where nothing is random"]),
        (0 * ONES, ["{t} is zero everywhere"]),
        (ONES * np.where(X > 1, X, 0), ["what survives in {t} is x times 1, 1 is expected"]),
    ],
)
def test_where_nothing_is_random_out_is_the_law(outs, reasons):
    assert out(outs, law=CERTAIN) == reasons


@pytest.mark.parametrize(
    ("dxs", "reasons"),
    [
        (ONES * DOUT, []),
        (ONES * DOUT * 2, ["what survives in {t} is dout times 2, 1 is expected"]),
        (MASKS[:2] * DOUT, ["{t} has zeros, where nothing is dropped"]),
        (0 * ONES, ["what survives in {t} is not dout times one factor"]),
        (ONES * np.inf, ["{t} is not finite"]),
    ],
)
def test_where_nothing_is_random_dx_is_the_law(dxs, reasons):
    assert dx(dxs, ONES * X, law=CERTAIN) == reasons
    assert dx(dxs, ONES * HALF_ZERO, HALF_ZERO, CERTAIN) == reasons


def test_where_nothing_is_random_no_entry_of_dx_is_dropped_though_x_is_zero():
    zeros_too = ONES * np.where(HALF_ZERO == 0, 0, DOUT)
    assert dx(zeros_too, ONES * HALF_ZERO, HALF_ZERO, CERTAIN) == ["{t} has zeros, where nothing is dropped"]


# --------------------------------------------------------------------------- dx


@pytest.mark.parametrize(
    ("dxs", "reason"),
    [
        (MASKS * DOUT * 2, "what survives in {t} is dout times 3.33, 1.67 is expected"),
        (MASKS * DOUT**2, "what survives in {t} is not dout times one factor"),
        (MASKS[::-1] * DOUT, "{t} is zero elsewhere than out"),
        (np.full(MASKS.shape, 1 / 0.6) * DOUT, "{t} is zero elsewhere than out"),
        (np.where(MASKS > 0, np.nan, 0), "{t} is not finite"),
    ],
)
def test_dx_has_the_mask_and_the_factor_of_its_out(dxs, reason):
    assert dx(dxs) == [reason]
    assert dx(MASKS * DOUT) == []


def hidden(zeros, known=MASKS):
    """Gradients with other masks in the three columns in which x is 0."""
    return np.where(np.arange(7) < 3, zeros, known) * DOUT


def test_where_x_is_zero_the_gradient_alone_shows_the_mask():
    told = "{{t}} keeps {} of the entries whose x is 0, 60 % are expected as everywhere"
    x, outs = HALF_ZERO, MASKS * HALF_ZERO
    assert dx(MASKS * DOUT, outs, x) == []
    assert dx(hidden(0), outs, x) == [told.format("0 %")]
    assert dx(hidden(1 / 0.6), outs, x) == [told.format("100 %")]
    same = np.where((np.arange(9) < 5)[:, None], 1 / 0.6, 0)  # nearly as often, but always the same
    often = Draws(LAW, x, outs, DOUT, hidden(same))
    assert look_at_dx(often, DOUBLE)[1] == [told.format("56 %")]
    assert dx(hidden(same), outs, x) == []  # four calls are too few to say so


def test_another_law_in_out_is_no_fault_of_the_backward():
    often = (np.random.default_rng(5).random((CALLS, *SHAPE)) < 0.9) / 0.6
    x, outs = HALF_ZERO, often * HALF_ZERO
    assert dx(often * DOUT, outs, x) == []
    assert dx(hidden(0, often), outs, x)[0].startswith("{t} keeps 0 % of the entries whose x is 0")


def test_whoever_shares_a_draw_counts_once():
    """Channels: x (3, 4, 5), one draw for the last axis. One zero in x hides nothing."""
    law, x = Law(0.6, 1 / 0.6, shared=(2,)), np.random.default_rng(6).uniform(0.5, 1.5, (12, 4, 5))
    x[0, 0, 0] = 0
    dout = np.ones_like(x)
    one = (np.random.default_rng(7).random((CALLS, 12, 4, 1)) < 0.6) / 0.6
    d = Draws(law, x, one * x, dout, (one * dout)[:4])
    assert d.whole
    assert d.known.shape == (12, 4)
    assert d.known.all()
    assert d.masks.shape == (CALLS, 12, 4)
    assert look_at_out(d, DOUBLE)[1] == look_at_dx(d, DOUBLE)[1] == []
    assert trait_of_out(d).rates == ((int((one > 0).sum()), CALLS * 48),)
    assert IN_PARTS not in trait_of_out(d).marks | trait_of_dx(d).marks
    x[1, 1] = 0  # a whole channel: there nothing shows
    d = Draws(law, x, one * x)
    assert (d.known.sum(), d.masks.shape) == (47, (CALLS, 47))
    each = (np.random.default_rng(8).random((CALLS, 12, 4, 5)) < 0.6) / 0.6
    d = Draws(law, x, each * x, dout, (each * dout)[:4])
    assert not d.whole
    assert look_at_out(d, DOUBLE)[1] == ["in {t}, entries that go together are dropped one by one"]
    assert IN_PARTS in trait_of_out(d).marks & trait_of_dx(d).marks
    assert Draws(LAW, x, each * x).whole  # where each has its own draw


def test_the_gradient_of_ones_own_forward_is_known():
    assert follows_own(draws(2 * MASKS * X, 2 * MASKS * DOUT))
    assert follows_own(draws(2 * MASKS * X, 2 * MASKS * DOUT * (1 + 2e-5)))
    assert not follows_own(draws(2 * MASKS * X, 2 * MASKS * DOUT * (1 + 2e-4)))
    assert not follows_own(draws(2 * MASKS * X, 2 * MASKS * DOUT * (1 - 2e-4)))
    one_off = 2 * MASKS * DOUT
    one_off[0, 0, 0] += 1
    assert not follows_own(draws(2 * MASKS * X, one_off))
    assert not follows_own(Draws(LAW, X, MASKS * X))
    assert not follows_own(Draws(LAW, X, MASKS * X, DOUT))
    assert not follows_own(Draws(LAW, X, MASKS * X, None, MASKS[:4]))
    assert follows_own(draws(np.nan * MASKS * X, np.nan * MASKS * DOUT))
    assert not follows_own(draws(np.nan * MASKS * X))
    assert not follows_own(draws(dxs=np.nan * MASKS * DOUT))


# --------------------------------------------------------------------------- traits


def test_the_traits_of_out_are_its_rate_and_its_factor():
    kept = int((MASKS > 0).sum())
    assert trait_of_out(draws(2 * MASKS * X)) == Trait(
        ((kept, MASKS.size),), pytest.approx(2 / 0.6), frozenset()
    )
    shown = trait_of_out(draws(MASKS * HALF_ZERO, x=HALF_ZERO))
    assert shown.rates == ((CALLS, CALLS),)  # in every call something survives; more shows badly there
    assert trait_of_out(draws(np.repeat(MASKS[:1], CALLS, 0) * X)).marks == {SAME}
    once = int((MASKS[0] > 0).sum())
    assert trait_of_out(draws(np.repeat(MASKS[:1], CALLS, 0) * X)).rates == ((once, MASKS[0].size),)


@pytest.mark.parametrize(("outs", "kept"), [(ONES * HALF_ZERO, 1), (MASKS[:2] * HALF_ZERO, 0), (0 * ONES, 0)])
def test_where_nothing_is_random_the_trait_is_whether_something_drops(outs, kept):
    found = trait_of_out(draws(outs, x=HALF_ZERO, law=CERTAIN))
    assert found.rates == ((kept, 1),)
    assert found.marks == frozenset()


def test_the_traits_of_dx_are_agreement_and_rates():
    x, outs = HALF_ZERO, MASKS * HALF_ZERO
    shown, rest = int((MASKS[:4, :, 3:] > 0).sum()), int((MASKS[:4, :, :3] > 0).sum())
    n, m = 4 * 9 * 4, 4 * 9 * 3
    assert trait_of_dx(draws(outs, MASKS * DOUT, x)).rates == ((n, n), (0, 0), (rest, m))
    all_of_it = trait_of_dx(draws(outs, np.ones_like(MASKS) * DOUT, x))
    assert all_of_it.rates == ((shown, n), (n, n), (m, m))
    assert all_of_it.factor == pytest.approx(1)


def trait(*rates, factor=2.0, marks=()):
    return Trait(rates, factor, frozenset(marks))


RATE = (500, 1000)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (trait(RATE), trait(RATE), True),
        (trait(RATE, factor=2 * (1 + 5e-5)), trait(RATE), True),
        (trait(RATE, factor=2 * (1 - 2e-4)), trait(RATE), False),
        (trait(RATE, factor=2 * (1 + 2e-4)), trait(RATE), False),
        (trait(RATE, factor=nan), trait(RATE, factor=nan), True),
        (trait(RATE, factor=nan), trait(RATE), False),
        (trait(RATE), trait(RATE, factor=nan), False),
        (trait(RATE, marks=[SAME]), trait(RATE), False),
        (trait(RATE, RATE), trait(RATE, (900, 1000)), False),
        # five standard deviations of the difference
        (trait((70, 100)), trait((40, 100)), True),
        (trait((75, 100)), trait((38, 100)), False),
        (trait((5, 10)), trait((900, 1000)), True),
        (trait((5, 10)), trait((999, 1000)), False),
        (trait((0, 0)), trait((0, 0)), True),
        (trait((0, 0)), trait(RATE), False),
        (trait(RATE), trait((0, 0)), False),
        # all or nothing: the same, or so few draws that it is no wonder
        (trait((0, 10)), trait((0, 40)), True),
        (trait((10, 10)), trait((40, 40)), True),
        (trait((0, 10)), trait((40, 40)), False),
        (trait((0, 10)), trait((38, 76)), True),
        (trait((0, 100)), trait((200, 400)), False),
        (trait((100, 100)), trait((200, 400)), False),
        (trait((40, 40)), trait((144, 160)), True),
        (trait((0, 40)), trait((144, 160)), False),
        (trait((144, 160)), trait((640, 640)), False),
        (trait((4, 8)), trait((0, 16)), False),
        (trait((1, 4)), trait((0, 1)), True),
    ],
)
def test_traits_are_the_same_where_chance_may_make_them_so(a, b, same):
    """Of b there are four times as many draws."""
    assert same_trait(a, b, 4) is same


def test_who_happens_to_drop_all_shows_neither_factor_nor_marks():
    nothing = trait((0, 4), factor=nan, marks=[SAME])
    assert same_trait(nothing, trait((8, 16)), 4)
    assert not same_trait(nothing, trait((400, 800)), 4)
    kept_all = trait((4, 4), factor=3.0, marks=[SAME])
    assert not same_trait(kept_all, trait((8, 16)), 4)  # the factor shows
    assert same_trait(trait((4, 4), marks=[SAME]), trait((8, 16)), 4)
    assert same_trait(trait((8, 16)), trait((0, 4), factor=nan, marks=[SAME]), 1)  # whichever it happens to
    always = trait((0, 4), factor=nan)
    assert not same_trait(nothing, always, 4)  # who never keeps anything does not happen to


def test_a_factor_is_that_of_all_survivors():
    base = np.array([1.0, 2.0, 0.0, 4.0])
    assert _factor(np.array([3.0, 6.0, 0.0, 0.0]), base) == 3
    assert _factor(np.array([-3.0, -6.0, 7.0, 0.0]), base) == -3
    assert _factor(np.array([3.0, 6.0003, 0.0, 12.0]), base) == pytest.approx(3, rel=1e-4)
    for values in (
        [3.0, 6.002, 0, 12],
        [-3.0, -6.002, 0, -12],
        [3.0, 3.0, 3.0, 3.0],
        [0.0] * 4,
        [3.0, np.inf, 0, 12],
    ):
        assert isnan(_factor(np.array(values), base))
