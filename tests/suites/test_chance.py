"""What is an event and what is a count: each is looked for just where chance would hardly do it."""

from itertools import combinations, cycle, islice, permutations

import numpy as np
import pytest

from suites import Law, chance, masks
from suites.chance import (
    DEPENDENT,
    FIXED,
    LEVEL,
    SAME,
    TIED,
    between,
    count_of_tests,
    strange,
    structure,
    surprising,
)
from suites.masks import Draws, look_at_dx, look_at_out
from suites.tolerance import DOUBLE


def half(n):
    """As many ones as zeros, or one more."""
    return np.arange(n) % 2 == 0


def test_many_counts_share_one_level():
    low, high = between(100, 0.5, LEVEL)
    for beyond in (low - 1, high + 1):
        assert surprising(np.array([beyond]), 100, 0.5)
        assert not surprising(np.array([beyond, *[50] * 999]), 100, 0.5)
    assert not surprising(np.array([low, high]), 100, 0.5)
    assert surprising(np.array([50, 100]), 100, 0.5)
    assert surprising(np.array([50, 0]), 100, 0.5)


@pytest.mark.parametrize(
    ("calls", "places", "found"),
    [(2, 30, [SAME]), (2, 28, []), (4, 10, [SAME]), (16, 2, [SAME]), (15, 2, [])],
)
def test_alike_calls_are_an_event_from_thirty_bits_on(calls, places, found):
    """At a rate of one half a call that is as another is has a probability of 2^-places; LEVEL is 2^-30."""
    assert structure(np.tile(half(places), (calls, 1))) == found


def test_at_a_low_rate_alike_calls_are_no_wonder():
    alike = np.tile(np.arange(40) < 4, (2, 1))
    assert structure(alike) == structure(~alike) == []
    assert structure(np.tile(np.arange(400) < 40, (2, 1))) == [SAME]


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((10, 4, 1), True),
        ((10, 3, 1), False),
        ((10, 2, 3), True),
        ((30, 2, 1), True),
        ((28, 2, 1), False),
        ((40, 1, 1), False),
    ],
)
def test_one_draw_for_an_axis_is_an_event_from_thirty_bits_on(shape, found):
    calls, n, rest = shape
    one = half(calls * rest).reshape(calls, 1, rest)
    assert (f"{TIED}0" in structure(np.repeat(one, n, axis=1))) is found
    assert (f"{TIED}1" in structure(np.repeat(one, n, axis=1).swapaxes(1, 2))) is found


def test_one_entry_apart_is_no_axis_that_goes_together():
    tied = np.repeat(np.random.default_rng(3).random((10, 1, 10)) < 0.5, 9, axis=1)
    assert structure(tied) == [f"{TIED}0"]
    tied[3, 4, 5] ^= True
    assert structure(tied) == []


def two_of_four(count):
    drawn = sorted(set(permutations((True, True, False, False))))
    return np.array(list(islice(cycle(drawn), count)))


def test_a_fixed_number_is_an_event_where_chance_would_vary_it():
    """Two of four has a probability of 3/8; the first number is free: 22 more that are alike are an event."""
    assert structure(two_of_four(23)) == [FIXED]
    assert structure(two_of_four(22)) == []
    other = two_of_four(60)
    other[7] = True
    assert structure(other) == []
    other[7] = (True, True, True, False)
    assert structure(other) == []


@pytest.mark.parametrize("axis", [1, 2])
def test_a_fixed_number_along_either_axis_is_found(axis):
    drawn = np.random.default_rng(0).permuted(two_of_four(60), axis=1).reshape(12, 5, 4)
    assert structure(np.moveaxis(drawn, 2, axis)) == [FIXED]


def test_all_or_none_is_no_fixed_number():
    assert structure(np.zeros((5, 3))) == structure(np.ones((5, 3))) == structure(np.ones((0, 3))) == []


def test_neighbours_count_in_disjoint_pairs():
    """A pair that goes together at an odd place is found as one at an even place is."""
    u = np.random.default_rng(1).random((40, 30, 6))
    for first in range(5):
        drawn = u.copy()
        drawn[:, :, first + 1] = np.where(u[:, :, 0] < 0.5, drawn[:, :, first], drawn[:, :, first + 1])
        for masks_ in (drawn, drawn.swapaxes(1, 2)):
            assert DEPENDENT in strange(masks_ < 0.5, 0.5)
    assert not strange(u < 0.5, 0.5)


@pytest.mark.parametrize("shape", [(30,), (10, 12), (6, 5, 4)])
def test_the_tests_of_a_case_are_counted(shape, monkeypatch):
    """Each test of the level LEVEL that a right submission meets, events included."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape)
    x[0] = 0
    drawn = (rng.random((40, *shape)) < 0.5) * 2.0
    dout = np.ones(shape)
    made = []

    def counted(function):
        return lambda *args: made.append(function.__name__) or function(*args)

    fair = rng.random((40, *shape)) < 0.5
    with monkeypatch.context() as patched:
        for name in ("surprising", "_tied", "_fixed"):
            patched.setattr(chance, name, counted(getattr(chance, name)))
        assert not strange(fair, 0.5)
    once = len(made) + 1  # all calls alike
    made.clear()
    monkeypatch.setattr(masks, "surprising", counted(surprising))
    d = Draws(Law(0.5, 2.0), x, drawn * x, dout, (drawn * dout)[:4])
    assert look_at_out(d, DOUBLE)[1] == look_at_dx(d, DOUBLE)[1] == []
    rate_and_zeros = 3
    assert made.count("surprising") >= rate_and_zeros
    assert once + rate_and_zeros == count_of_tests(len(shape))


@pytest.mark.parametrize("columns", [1, 2, 9])
def test_pairs_are_counted_one_by_one(columns, monkeypatch):
    """The extremes that are looked at are those of all pairs, and the level is divided among all."""
    flat = np.random.default_rng(columns).random((21, columns)) < 0.4
    flat[:, -1] = flat[:, 0]
    pairs = list(combinations(flat.T, 2))
    counts = [int(np.count_nonzero(a == b)) for a, b in pairs]
    looked = []
    monkeypatch.setattr(chance, "surprising", lambda *args: looked.append(args) or False)
    assert not chance._pairs(np.where(flat, np.float32(1), np.float32(-1)), 0.52)
    expected = [([min(counts), max(counts)], 21, 0.52, len(pairs))] if pairs else []
    assert [(extremes.tolist(), *rest) for extremes, *rest in looked] == expected
