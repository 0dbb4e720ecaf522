"""Ratios with intervals: the statistics, on numbers whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from suites.ratio import (
    BAND,
    NARROW_BAND,
    QUIET,
    Estimate,
    _around,
    band_for,
    estimate,
    exponent,
    mean_of,
    midmean,
    rank_correlation,
    root_mean_square,
)


def pairs(rng, launches, count, true=0.0, between=0.005, within=0.02):
    return [
        true + between * rng.normal() + within * rng.normal(size=count) * rng.choice([1, 3], size=count)
        for _ in range(launches)
    ]


def test_the_estimate_is_the_mean_of_the_middle_half_of_all_pairs():
    found = estimate([[0.0, 9.0, 0.2, -7.0], [0.3, 0.1, 5.0, -5.0]], np.random.default_rng(0))
    assert found.theta == pytest.approx((0.0 + 0.1 + 0.2 + 0.3) / 4)
    assert found.low <= found.theta <= found.high


@pytest.mark.parametrize(
    ("x", "middle"),
    [
        ([4.0], 4.0),
        ([4.0, 1.0], 2.5),
        ([9.0, 2.0, 1.0], (0.25 * 1 + 2 + 0.25 * 9) / 1.5),
        ([3.0, 1.0, 2.0, 90.0], 2.5),
        ([0.0, 1.0, 2.0, 4.0, 90.0], (0.75 * 1 + 2 + 0.75 * 4) / 2.5),
    ],
)
def test_a_quarter_of_an_entry_counts_for_a_quarter(x, middle):
    assert midmean(np.array(x)) == pytest.approx(middle)
    assert midmean(np.array([x, [7.0] * len(x)])) == pytest.approx([middle, 7.0])


def test_what_hits_one_pair_moves_it_little():
    """Like noise on a machine with others: one pair in ten is off by a fifth, either way."""
    rng = np.random.default_rng(4)
    calm = 0.02 * rng.normal(size=(200, 10, 3))
    hit = calm + 0.2 * rng.choice([-1, 0, 1], p=[0.05, 0.9, 0.05], size=calm.shape)
    spread = np.std([estimate(d, rng).theta for d in hit])
    assert spread < 1.5 * np.std([estimate(d, rng).theta for d in calm])
    assert spread < 0.6 * np.std(hit.mean(axis=(1, 2)))


@pytest.mark.parametrize("launches", [3, 5, 8])
def test_intervals_hold_the_truth_as_often_as_they_say(launches):
    rng = np.random.default_rng(launches)
    held = [
        found.low <= 0.1 <= found.high
        for found in (estimate(pairs(rng, launches, 4, true=0.1), rng) for _ in range(120))
    ]
    assert np.mean(held) > 0.9


def test_an_interval_is_narrower_for_more_launches():
    rng = np.random.default_rng(1)
    few = np.mean([estimate(pairs(rng, 3, 6), rng).half_width for _ in range(50)])
    many = np.mean([estimate(pairs(rng, 12, 6), rng).half_width for _ in range(50)])
    assert many < 0.75 * few


def test_a_floor_widens_and_moves_nothing():
    wide = Estimate(0.1, 0.06, 0.12).widened(0.04)
    assert wide.theta == 0.1
    assert wide.half_width == pytest.approx(0.05)
    assert wide.high - wide.theta == pytest.approx(wide.theta - wide.low)


def test_one_lucky_comparison_hides_no_floor():
    assert root_mean_square([0.0, 0.03, -0.03]) == pytest.approx(0.03 * math.sqrt(2 / 3))


def test_the_band_is_narrow_in_a_quiet_session():
    assert band_for(0.004) == NARROW_BAND
    assert band_for(0.02) == BAND


def test_several_workloads_have_the_mean_log_ratio_and_none_decides_alone():
    halves = [Estimate(math.log(2), 0.6, 0.8), Estimate(-math.log(2), -0.8, -0.6)]
    assert mean_of(halves, math.log(20)).theta == pytest.approx(0.0)
    absurd = [Estimate(-100.0, -100.1, -99.9), Estimate(0.0, -0.1, 0.1)]
    assert mean_of(absurd, math.log(20)).theta == pytest.approx(-math.log(20) / 2)


def test_drift_is_seen_and_noise_is_not():
    assert rank_correlation([1.0, 2.0, 4.0, 8.0]) == pytest.approx(1.0)
    rng = np.random.default_rng(2)
    assert np.mean([abs(rank_correlation(list(rng.normal(size=18)))) for _ in range(50)]) < 0.3
    assert rank_correlation([1.0, 2.0]) == 0.0
    assert rank_correlation([3.0] * 18) == 0.0
    assert abs(rank_correlation([1.0, 2.0, 3.0] * 6)) < 0.5


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_the_exponent_of_the_cost(power):
    rng = np.random.default_rng(3)
    sizes = [100, 200, 400]
    costs = [list(7.0 * n**power * np.exp(0.02 * rng.normal(size=3))) for n in sizes]
    found = exponent(sizes, costs, rng)
    assert found.theta == pytest.approx(power, abs=0.06)
    assert found.low <= found.theta <= found.high


# --------------------------------------------------------------------------- how wide an interval is


def half_width(launches, seeds=6):
    """The mean half width over seeds of the resampling."""
    found = [estimate(launches, np.random.default_rng(seed)) for seed in range(seeds)]
    return float(np.mean([f.half_width for f in found]))


def test_launches_that_agree_within_themselves_leave_their_own_spread():
    """The interval is that of a mean of L, and wider for few: 1.96 s / sqrt(L - 1)."""
    lie = np.random.default_rng(0).normal(size=10)
    pulls = 2 * np.clip(lie, *np.quantile(np.repeat(lie, 5), [0.25, 0.75]))
    expected = 1.96 * pulls.std(ddof=1) / math.sqrt(len(lie) - 1)
    assert half_width([[each] * 5 for each in lie]) == pytest.approx(expected, rel=0.06)


# Five pairs, and the spread of a launch's mean of what each pulls the midmean by.
PAIRS = [-2.0, -1.0, 0.0, 1.0, 2.0]
OF_PAIRS = np.std([-2.0, -2.0, 0.0, 2.0, 2.0], ddof=1) / math.sqrt(5)


def test_launches_that_agree_leave_the_spread_of_their_pairs():
    assert half_width([PAIRS] * 6) == pytest.approx(1.96 * OF_PAIRS / math.sqrt(6), rel=0.06)


def test_the_larger_of_the_two_spreads_counts_and_not_their_sum():
    """Launches apart by less than pairs explain add nothing."""
    apart = np.array([np.add(PAIRS, 0.3 * side) for side in (1, -1) * 3])
    pulls = 2 * np.clip(apart, *np.quantile(apart, [0.25, 0.75]))
    expected = 1.96 * pulls.std(axis=1, ddof=1).mean() / math.sqrt(5 * 6)
    assert half_width(apart) == pytest.approx(expected, rel=0.06)


def test_one_launch_has_the_spread_of_its_pairs():
    assert half_width([PAIRS]) == pytest.approx(1.96 * OF_PAIRS, rel=0.1)
    assert half_width([[0.5] * 5]) == 0


def test_an_interval_is_the_middle_19_of_20():
    found = _around(500.0, np.arange(1001.0))
    assert (found.theta, found.low, found.high) == (500.0, pytest.approx(25.0), pytest.approx(975.0))
    assert _around(-1.0, np.arange(1001.0)).low == -1.0
    assert _around(2000.0, np.arange(1001.0)).high == 2000.0


def test_the_narrow_band_begins_where_it_is_quiet():
    assert band_for(QUIET) == NARROW_BAND
    assert band_for(QUIET * 1.001) == BAND


def test_one_odd_cost_of_a_size_does_not_bend_the_growth():
    sizes, costs = [1.0, 10.0, 100.0], [[1.0, 1.0, 50.0], [10.0, 10.0, 10.0], [100.0, 100.0, 100.0]]
    found = exponent(sizes, costs, np.random.default_rng(0))
    assert found.theta == pytest.approx(1.0)
    assert found.low < 0.2  # it is one of three, so it may be the truth
    assert (
        exponent(sizes, [[c] * 3 for c in (1.0, 100.0, 10_000.0)], np.random.default_rng(0)).half_width == 0
    )


def test_what_drifts_down_is_told_too_and_ties_share_a_rank():
    assert rank_correlation([8.0, 4.0, 2.0, 1.0]) == pytest.approx(-1.0)
    assert rank_correlation([1.0, 1.0, 2.0, 3.0]) == pytest.approx(0.9486832980505138)
    assert rank_correlation([1.0, 2.0, 2.0]) == 0.0  # two values are no drift


# --------------------------------------------------------------------------- numbers by hand


def test_half_a_width_is_from_the_middle_to_an_end():
    assert Estimate(0.0, -0.25, 0.75).half_width == 0.5
    assert Estimate(1.0, 0.7, 1.3).widened(0.4) == Estimate(1.0, pytest.approx(0.5), pytest.approx(1.5))


def test_a_mean_of_several_has_the_error_of_a_mean():
    several = [Estimate(1.0, 0.7, 1.3), Estimate(3.0, 2.6, 3.4)]
    assert mean_of(several, 10.0) == Estimate(2.0, pytest.approx(1.75), pytest.approx(2.25))
    assert mean_of(several, 2.0).theta == pytest.approx(1.5)
    assert mean_of([Estimate(-9.0, -9.0, -9.0)], 2.0).theta == -2.0
    assert mean_of(several[:1], 2.0) == Estimate(1.0, pytest.approx(0.7), pytest.approx(1.3))


def test_the_root_mean_square_by_hand():
    assert root_mean_square([3.0, -4.0]) == pytest.approx(math.sqrt(12.5))
    assert root_mean_square([-2.0]) == 2.0


def test_the_interval_is_around_the_estimate_whatever_was_resampled():
    """Pairs of 0 and 1 and one far in each launch: what is resampled lies higher than the estimate."""
    launches = [[0.0, 0.0, 0.0, 0.0, 9.0], [1.0, 1.0, 1.0, 1.0, 9.0]]
    found = estimate(launches, np.random.default_rng(0))
    assert found.theta == pytest.approx(0.7)
    assert found.low < 0.7 < found.high


def test_few_launches_leave_more_than_their_spread_shows():
    """Of two at 0 and 1 both are drawn alike half of the time: 0, 1/2 or 1, with a deviation of 1/sqrt(8).

    Pulls of 0 and 2 have s = 2, so what is resampled is scaled to sqrt(2 s / 2) = sqrt(2): four times as far.
    """
    found = estimate([[0.0] * 3, [1.0] * 3], np.random.default_rng(0))
    assert found.half_width == pytest.approx(4 * 0.5, rel=0.04)


def test_an_interval_is_in_the_units_of_what_it_is_about():
    launches = np.random.default_rng(0).normal(size=(4, 5))
    one, ten = (half_width(scale * launches) for scale in (1.0, 10.0))
    assert ten == pytest.approx(10 * one)
    narrow = half_width(launches - 0.95 * np.median(launches, axis=1, keepdims=True))
    assert half_width(10 * (launches - 0.95 * np.median(launches, axis=1, keepdims=True))) == pytest.approx(
        10 * narrow
    )


def test_a_growth_by_hand():
    """Least squares through three points of a line that one of them leaves."""
    sizes = [1.0, math.e, math.e**2]
    costs = [[1.0], [math.e**2], [math.e**2]]  # logarithms of 0, 2 and 2
    assert exponent(sizes, costs, np.random.default_rng(0)).theta == pytest.approx(1.0)
    uneven = [1.0, math.e, math.e**4]
    assert exponent(uneven, [[1.0], [1.0], [math.e**4]], np.random.default_rng(0)).theta == pytest.approx(
        (4 * 7 / 3) / (25 / 9 + 4 / 9 + 49 / 9)
    )
