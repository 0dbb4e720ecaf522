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


# --------------------------------------------------------------------------- numbers by hand


def test_where_an_interval_ends_and_how_far_it_reaches() -> None:
    assert Estimate(1.0, 0.5).bound == 1.5
    assert Estimate(1.0, 0.5).reach == pytest.approx(1.0 + 0.5 * math.sqrt(2))


@pytest.mark.parametrize(
    ("scale", "value", "expected"),
    [
        (LOG, (2.0, 1.0, 4.0), Estimate(math.log(2), math.log(2))),
        (LOG, (2.0, 1.0, 16.0), Estimate(math.log(2), math.log(8))),  # of an uneven one the wider side
        (LOG, (2.0, 0.5, 3.0), Estimate(math.log(2), math.log(4))),
        (Scale("log", "higher"), (2.0, 1.0, 4.0), Estimate(-math.log(2), math.log(2))),
        (Scale("linear", "higher"), (97.0, 95.0, 98.0), Estimate(-97.0, 2.0)),
        (Scale("linear", "higher"), (97.0, 96.5, 98.0), Estimate(-97.0, 1.0)),
        (Scale("linear", "lower"), (97.0, 96.0, 97.5), Estimate(97.0, 1.0)),
        (Scale("linear", "lower"), (3.0, 3.0, 3.0), Estimate(3.0, 1e-9)),
    ],
)
def test_values_become_estimates(scale: Scale, value: tuple[float, float, float], expected: Estimate) -> None:
    found = scale.estimate(*value)
    assert (found.at, found.half) == pytest.approx((expected.at, expected.half))
    assert Scale.of(replace(MEASURED, scale=scale.name, better=scale.better)) == scale


def test_estimates_become_values() -> None:
    assert Scale("linear", "higher").values(Estimate(-97.0, 2.0)) == (97.0, 95.0, 99.0)
    assert Scale("linear", "lower").values(Estimate(97.0, 2.0)) == (97.0, 95.0, 99.0)
    two, half = Estimate(math.log(2), math.log(4)), Estimate(-math.log(2), math.log(4))
    assert LOG.values(two) == pytest.approx((2.0, 0.5, 8.0))
    assert Scale("log", "higher").values(half) == pytest.approx((2.0, 0.5, 8.0))


@pytest.mark.parametrize(
    ("measured", "at", "half"),
    [
        ([("a", (0.0, 1.0)), ("a", (1.0, 1.0))], 0.5, 1.0),  # one seed: no narrower
        ([("a", (0.0, 1.0)), ("b", (0.2, 1.0))], 0.1, 1 / math.sqrt(2)),
        # Weights 1 and 1/4. Apart by more than they say: (0.6^2 + 1.2^2) 1.96^2 times the variance.
        ([("a", (0.0, 1.0)), ("b", (3.0, 2.0))], 0.6, math.sqrt(0.8 * 1.8) * 1.96),
        ([("a", (0.0, 1.0)), ("b", (3.0, 1.0)), ("c", (6.0, 1.0))], 3.0, 3 * 1.96 / math.sqrt(3)),
        ([("a", (0.0, 1.0)), ("a", (2.0, 1.0)), ("b", (1.0, 1.0))], 1.0, 1 / math.sqrt(2)),
    ],
)
def test_what_is_pooled_by_hand(
    measured: list[tuple[str, tuple[float, float]]], at: float, half: float
) -> None:
    whole = pooled((seed, Estimate(*each)) for seed, each in measured)
    assert (whole.at, whole.half) == pytest.approx((at, half))


def test_places_by_hand() -> None:
    """Apart by 0.0724 is certain: the root of two half-widths of 0.03, and the band."""
    rows = [Contender(name, Estimate(at, 0.03), 0) for name, at in (("a", 0.0), ("b", 0.05), ("c", 0.1))]
    rows += [Contender(name, Estimate(at, 0.03), 0) for name, at in (("d", 1.0), ("e", 1.05), ("f", 1.07))]
    assert places(rows, 0.03) == {
        "a": Place(1, 1, True, 1, 2),
        "b": Place(1, 1, True, 1, 3),
        "c": Place(2, 3, False, 2, 3),
        "d": Place(3, 4, True, 4, 6),
        "e": Place(3, 4, True, 4, 6),
        "f": Place(3, 4, True, 4, 6),
    }


def test_who_shares_a_rank_may_have_it() -> None:
    """The second is surely behind, but within the reach of the leader, which is noisier."""
    assert certainly_better(Estimate(0.0, 0.03), Estimate(0.07, 0.001), 0.03)
    rows = [Contender("leads", Estimate(0.0, 0.03), 0), Contender("steady", Estimate(0.07, 0.001), 0)]
    assert places(rows, 0.03) == {"leads": Place(1, 1, True, 1, 2), "steady": Place(1, 1, True, 1, 2)}


def test_a_difference_of_just_the_band_is_none() -> None:
    one, other = Estimate(0.0, 0.0), Estimate(1.0, 0.0)
    assert not certainly_better(one, other, 1.0)
    rows = [Contender("one", one, 0), Contender("other", other, 0)]
    assert set(places(rows, 1.0).values()) == {Place(1, 1, True, 1, 2)}
    assert places([*rows, Contender("third", Estimate(2.0, 0.0), 0)], 1.0) == {
        "one": Place(1, 1, True, 1, 2),
        "other": Place(1, 1, True, 1, 3),
        "third": Place(2, 3, False, 2, 3),
    }
    assert certainly_better(Estimate(0.0, 3.0), Estimate(9.0, 4.0), 3.9)
    assert not certainly_better(Estimate(0.0, 3.0), Estimate(9.0, 4.0), 4.0)


def test_in_a_tier_the_earlier_is_shown_first_and_then_the_key_decides() -> None:
    each = Estimate(0.0, 0.1)
    rows = [Contender(key, each, since) for key, since in (("c", 2), ("b", 1), ("d", 1), ("a", 3))]
    rows.append(Contender("z", Estimate(-0.01, 0.1), 9))
    assert [row.key for row, _ in ranked(rows, 0.1)] == ["b", "d", "c", "a", "z"]


def test_nobody_is_ranked_where_nobody_is() -> None:
    assert ranked([], 0.1) == []
    assert records([], 0.1) == []
    assert frontier([]) == []


def test_of_equal_codes_the_earliest_counts() -> None:
    codes = [Estimate(*each) for each in ((0.5, 0.25), (0.25, 0.25), (0.125, 0.375), (0.5, 0.5))]
    assert best(codes) == 1
    assert best(codes[::-1]) == 1
    assert best(codes[:1]) == 0


def test_a_code_takes_the_place_of_the_last_by_more_than_a_step() -> None:
    assert ladder([Estimate(3.0, 0.0), Estimate(2.0, 0.0)], 1.0) == 0
    assert ladder([Estimate(3.0, 0.0), Estimate(1.9, 0.0)], 1.0) == 1
    noisy = Estimate(0.0, 1.96)  # its standard error is 1, its bound 1.96
    assert ladder([Estimate(2.9, 0.0), noisy], 0.1) == 0
    assert ladder([Estimate(3.0, 0.0), noisy], 0.1) == 1


def test_records_by_hand() -> None:
    came = [Estimate(at, 0.03) for at in (1.0, 0.95, 0.9, 0.85, 0.95, 0.0)]
    assert records(came, 0.03) == [0, 2, 5]


def test_the_frontier_by_hand() -> None:
    points = [(3.0, 1.0), (1.0, 5.0), (2.0, 2.0), (2.0, 3.0), (2.0, 2.0), (4.0, 1.0), (1.0, 6.0)]
    assert frontier(points) == [1, 2, 0]  # the earlier of two equal ones


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
