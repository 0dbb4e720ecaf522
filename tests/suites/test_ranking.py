"""Ranks under uncertainty: noise, retries and the order of things never move anybody up."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suites.measurement import Measurement
from suites.ranking import (
    Contender,
    Estimate,
    Place,
    Scale,
    best,
    certainly_better,
    estimate,
    frontier,
    ladder,
    pooled,
    ranked,
    records,
)

BAND = math.log(1.05)
LOG = Scale("log", "lower")

halves = st.floats(0.001, 0.3)
estimates = st.builds(Estimate, st.floats(-1.0, 1.0), halves)
dates = st.integers(1, 28).map(lambda day: f"2026-11-{day:02}T10:00:00+00:00")
boards = st.lists(st.tuples(estimates, dates), min_size=1, max_size=12).map(
    lambda rows: [Contender(f"m{k}", each, since) for k, (each, since) in enumerate(rows)]
)
bands = st.floats(0.0, 0.2)


def places(contenders: Sequence[Contender], band: float = BAND) -> dict[str, Place]:
    return {contender.key: place for contender, place in ranked(contenders, band)}


# --------------------------------------------------------------------------- what section 8 says, by hand


def test_ties_share_a_rank_and_the_earlier_stands_first() -> None:
    rows = [
        Contender("late", Estimate(0.00, 0.02), "2026-11-20"),
        Contender("early", Estimate(0.03, 0.02), "2026-11-10"),
        Contender("slow", Estimate(0.30, 0.02), "2026-11-01"),
        Contender("slower", Estimate(0.60, 0.02), "2026-11-01"),
    ]
    shown = [(c.key, p.rank, p.tied, p.best, p.worst) for c, p in ranked(rows, BAND)]
    assert shown == [
        ("early", 1, True, 1, 2),
        ("late", 1, True, 1, 2),
        ("slow", 3, False, 3, 3),
        ("slower", 4, False, 4, 4),
    ]


def test_tiers_follow_their_leader_and_do_not_chain() -> None:
    """Each is within reach of the one before, the last is not within reach of the first."""
    rows = [Contender(str(k), Estimate(0.05 * k, 0.01), "") for k in range(5)]
    assert [place.rank for _, place in ranked(rows, BAND)] == [1, 1, 3, 3, 5]


@pytest.mark.parametrize(("apart", "sure"), [(0.04, False), (0.08, True), (0.0487 + 0.0283, False)])
def test_certainly_better_takes_the_band_and_the_error_of_the_difference(apart: float, sure: bool) -> None:
    assert certainly_better(Estimate(0.0, 0.02), Estimate(apart, 0.02), BAND) is sure


def test_a_wide_interval_does_not_hide_behind_the_leader() -> None:
    """By overlap alone a noisy row could never be told from the first, and would share its rank."""
    leader, noisy = Estimate(0.0, 0.01), Estimate(0.12, 0.1)
    assert not certainly_better(leader, noisy, BAND)
    assert [p.rank for _, p in ranked([Contender("a", leader, ""), Contender("b", noisy, "")], BAND)] == [
        1,
        2,
    ]


# --------------------------------------------------------------------------- properties


@given(boards, bands, st.randoms(use_true_random=False))
def test_the_order_of_insertion_is_no_matter(board: list[Contender], band: float, random: object) -> None:
    shuffled = list(board)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ranked(shuffled, band) == ranked(board, band)


@given(boards, bands)
def test_ranks_tiers_and_spans_agree(board: list[Contender], band: float) -> None:
    shown = ranked(board, band)
    assert [p.tier for _, p in shown] == sorted(p.tier for _, p in shown)
    for contender, place in shown:
        earlier = sum(other.tier < place.tier for _, other in shown)
        same = sum(other.tier == place.tier for _, other in shown)
        assert place.rank == 1 + earlier
        assert place.tied == (same > 1)
        assert 1 <= place.best <= place.rank <= place.rank + same - 1 <= place.worst <= len(shown)
        for other, theirs in shown:
            no_noisier = contender.estimate.half <= other.estimate.half
            if no_noisier and certainly_better(contender.estimate, other.estimate, band):
                assert place.tier < theirs.tier


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=12), st.floats(0.001, 0.3), bands)
def test_among_equally_noisy_rows_it_is_the_greedy_rule(at: list[float], half: float, band: float) -> None:
    """In the order of the values, a new tier where a row is certainly worse than the tier's leader."""
    tiers: list[int] = []
    leader = Estimate(math.inf, half)
    for value in sorted(at):
        each = Estimate(value, half)
        apart = value - leader.at - band - math.hypot(half, half)
        assume(abs(apart) > 1e-9 or not tiers)  # where rounding decides, either is right
        if not tiers or apart > 0:
            tiers.append((tiers or [0])[-1] + 1)
            leader = each
        else:
            tiers.append(tiers[-1])
    shown = ranked([Contender(str(k), Estimate(value, half), "") for k, value in enumerate(at)], band)
    assert [place.tier for _, place in shown] == tiers
    rows = [contender.estimate for contender, _ in shown]
    for contender, place in shown:
        assert place.best == 1 + sum(certainly_better(each, contender.estimate, band) for each in rows)
        behind = sum(certainly_better(contender.estimate, each, band) for each in rows)
        assert place.worst == len(rows) - behind


@given(boards, bands, st.floats(0.0, 2.0))
def test_noise_never_moves_its_own_row_up(board: list[Contender], band: float, more: float) -> None:
    own, *others = board
    noisy = replace(own, estimate=replace(own.estimate, half=own.estimate.half + more))
    assert places([noisy, *others], band)["m0"].rank >= places(board, band)["m0"].rank


@given(boards, bands, st.floats(0.0, 2.0))
def test_being_slower_never_moves_a_row_up(board: list[Contender], band: float, more: float) -> None:
    own, *others = board
    slower = replace(own, estimate=replace(own.estimate, at=own.estimate.at + more))
    assert places([slower, *others], band)["m0"].rank >= places(board, band)["m0"].rank


@given(estimates, st.lists(st.tuples(st.sampled_from("abc"), estimates), min_size=1, max_size=8))
def test_pooling_lies_among_what_is_pooled_and_is_the_same_in_any_order(
    first: Estimate, others: list[tuple[str, Estimate]]
) -> None:
    measured = [("a", first), *others]
    whole = pooled(measured)
    assert pooled(measured[::-1]) == whole
    at = [each.at for _, each in measured]
    assert min(at) - 1e-9 <= whole.at <= max(at) + 1e-9


@given(estimates, st.integers(1, 20))
def test_a_retry_under_the_same_seed_tells_nothing_new(each: Estimate, times: int) -> None:
    whole = pooled([("seed", each)] * times)
    assert whole.at == pytest.approx(each.at)
    assert whole.half == pytest.approx(each.half)


@given(st.lists(estimates, min_size=1, max_size=10))
def test_of_all_retries_of_one_code_none_wins_by_luck(tries: list[Estimate]) -> None:
    """The pooled bound is no better than the best that pooling under one seed could have been given."""
    whole = pooled([("seed", each) for each in tries])
    luckiest = min(tries, key=lambda each: each.at)
    assert whole.at >= luckiest.at - 1e-12
    assert whole.half >= min(each.half for each in tries) * (1 - 1e-12)


def test_fresh_seeds_narrow_and_scatter_widens() -> None:
    one = Estimate(0.0, 0.02)
    assert pooled([("a", one), ("b", one)]).half == pytest.approx(0.02 / math.sqrt(2))
    apart = pooled([("a", one), ("b", Estimate(0.2, 0.02))])
    assert apart.at == pytest.approx(0.1)
    assert apart.half == pytest.approx(1.96 * 0.1)  # as wide as the two are apart
    with pytest.raises(ValueError, match="nothing was measured"):
        pooled([])


def test_retries_of_equal_codes_almost_never_win() -> None:
    """Fifty classmates are equally fast; one hands the same code in twenty times. Measured, not assumed."""
    rng = np.random.default_rng(5)
    alone = 0
    for _ in range(100):
        others = [Contender(f"o{k}", Estimate(rng.normal(0, 0.01), 0.0196), "") for k in range(50)]
        tries = [(f"s{k}", Estimate(rng.normal(0, 0.01), 0.0196)) for k in range(20)]
        found = places([*others, Contender("m", pooled(tries), "")])
        alone += found["m"].rank == 1 and not found["m"].tied
    assert alone == 0


@given(st.lists(estimates, min_size=1, max_size=10))
def test_the_best_code_is_the_one_with_the_best_bound(codes: list[Estimate]) -> None:
    k = best(codes)
    assert all(codes[k].bound <= code.bound for code in codes)
    assert all(codes[k].bound < code.bound for code in codes[:k])


@given(st.lists(estimates, min_size=1, max_size=10), st.floats(0.0, 0.3), st.integers(1, 5))
def test_the_ladder_goes_up_by_steps_alone(codes: list[Estimate], step: float, times: int) -> None:
    shown = [codes[ladder(codes[: k + 1], step)].bound for k in range(len(codes))]
    for before, after in itertools.pairwise(shown):
        assert after == before or before - after > step
    assert ladder([*codes, *[codes[ladder(codes, step)]] * times], step) == ladder(codes, step)


def test_the_ladder_by_hand() -> None:
    codes = [Estimate(-97.0, 0.2), Estimate(-97.1, 0.2), Estimate(-97.3, 0.2), Estimate(-97.45, 0.2)]
    assert ladder(codes, 0.2) == 2
    assert ladder([Estimate(-97.0, 1.0), Estimate(-97.4, 1.0)], 0.2) == 0  # within its standard error


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_the_frontier_is_what_nobody_beats(points: list[tuple[float, float]]) -> None:
    leading = {points[k] for k in frontier(points)}
    for x, y in points:
        beaten = any(a <= x and b <= y and (a, b) != (x, y) for a, b in points)
        assert ((x, y) in leading) == (not beaten)


@given(st.lists(estimates, max_size=10), bands)
def test_a_record_is_certainly_better_than_the_one_before(came: list[Estimate], band: float) -> None:
    held = records(came, band)
    assert held[:1] == ([0] if came else [])
    for before, after in itertools.pairwise(held):
        assert certainly_better(came[after], came[before], band)
    for k in range(len(came)):
        assert records(came[:k], band) == [h for h in held if h < k]  # the past is never rewritten


# --------------------------------------------------------------------------- the boundary

MEASURED = Measurement("speed", 1.1, 1.0, 1.2, 9, "x", "lower", "log", BAND, "d", "1")


@given(st.sampled_from(["lower", "higher"]), st.sampled_from(["log", "linear"]), st.floats(0.1, 100))
def test_values_come_back_as_they_went(better: str, name: str, value: float) -> None:
    scale = Scale(name, better)
    low, high = (value / 1.1, value * 1.1) if name == "log" else (value - 0.05, value + 0.05)
    each = scale.estimate(value, low, high)
    assert scale.values(each) == pytest.approx((value, low, high))
    worse = low if better == "higher" else high
    assert scale.estimate(worse, worse, worse).at > each.at


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["value", "low", "high"])
def test_what_is_no_number_is_refused(field: str, wrong: float) -> None:
    with pytest.raises(ValueError, match="is no value in its interval"):
        estimate(replace(MEASURED, **{field: wrong}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": 2.0}, "is no value in its interval"),
        ({"low": 0.0}, "has no logarithm"),
        ({"value": None, "low": None, "high": None}, "does not stand"),
        ({"flags": ("implausible",)}, "does not stand"),
    ],
)
def test_what_does_not_stand_has_no_estimate(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        estimate(replace(MEASURED, **changes))  # type: ignore[arg-type]
