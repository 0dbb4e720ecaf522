"""Who is better than whom, and who only seems so: ranks, ties and best codes under uncertainty.

An `Estimate` is a measured quantity turned so that lower is better and differences count: the logarithm of a
ratio, the negative of an accuracy. Its `bound` is the end of the 95 % interval that speaks against it.

Certainly better is who is ahead by more than the band and the error of the difference; from it each row has
the best and the worst rank that it may have. Ranks are shown in tiers: a new tier begins where a row is
behind the tier's leader by more than the band and the error of a difference between two as noisy as the
leader. Among equally noisy rows that is the greedy rule with "certainly better" itself. Among others, no
row's own noise ever moves it up: it moves the row back in the order, and does not count for joining a leader.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from suites.measurement import Measurement

Z = 1.96  # half-widths are of 95 % intervals
_NARROWEST = 1e-9  # a half-width of nothing would outweigh everything it is pooled with


@dataclass(frozen=True)
class Estimate:
    """Lower is better. `half` is the half-width of the 95 % interval."""

    at: float
    half: float

    @property
    def bound(self) -> float:
        """The pessimistic end of the interval."""
        return self.at + self.half

    @property
    def reach(self) -> float:
        """Up to where another that is as noisy cannot be told from it."""
        return self.at + math.sqrt(2) * self.half


@dataclass(frozen=True)
class Scale:
    """How values become estimates and back: `log` or `linear`, and which end is `better`."""

    name: str
    better: str

    def estimate(self, value: float, low: float, high: float) -> Estimate:
        """The estimate of a value and its interval; of an uneven interval the wider side counts.

        Raises ValueError for what is no value with an interval around it.
        """
        if not (all(map(math.isfinite, (value, low, high))) and low <= value <= high):
            raise ValueError(f"{value} in [{low}, {high}] is no value in its interval")
        if self.name == "log":
            if low <= 0:
                raise ValueError(f"{low} has no logarithm")
            value, low, high = math.log(value), math.log(low), math.log(high)
        at = value if self.better == "lower" else -value
        return Estimate(at, max(high - value, value - low, _NARROWEST))

    def values(self, estimate: Estimate) -> tuple[float, float, float]:
        """Value, low and high of an estimate."""
        sign = 1 if self.better == "lower" else -1
        ends = sorted(sign * (estimate.at + side) for side in (-estimate.half, estimate.half))
        value, low, high = sign * estimate.at, ends[0], ends[1]
        if self.name == "log":
            return math.exp(value), math.exp(low), math.exp(high)
        return value, low, high

    @classmethod
    def of(cls, measurement: Measurement) -> Scale:
        return cls(measurement.scale, measurement.better)


def estimate(measurement: Measurement) -> Estimate:
    """The estimate of a measurement that stands. Raises ValueError for any other."""
    value, low, high = measurement.value, measurement.low, measurement.high
    if value is None or low is None or high is None or measurement.flags:
        raise ValueError("what does not stand has no estimate")
    return Scale.of(measurement).estimate(value, low, high)


# --------------------------------------------------------------------------- one code, one student


def pooled(measured: Iterable[tuple[str, Estimate]]) -> Estimate:
    """All measurements of one code as one estimate; each with the name of the seed that it was made under.

    Inverse-variance weights. Measurements under one seed share its draws and its session, so they are
    averaged but make the interval no narrower; those of several seeds do. Where these differ by more than
    their intervals say, the interval is widened by as much.
    """
    by_seed: dict[str, list[Estimate]] = {}
    for seed, each in measured:
        by_seed.setdefault(seed, []).append(each)
    if not by_seed:
        raise ValueError("nothing was measured")
    seeds = [_weighted(group, len(group)) for _, group in sorted(by_seed.items())]
    whole = _weighted(seeds, 1)
    if len(seeds) == 1:
        return whole
    scatter = math.fsum(((each.at - whole.at) / each.half) ** 2 for each in seeds) * Z**2 / (len(seeds) - 1)
    return Estimate(whole.at, whole.half * max(1.0, math.sqrt(scatter)))


def _weighted(group: Sequence[Estimate], share: int) -> Estimate:
    """The weighted mean, with the precision of all of them divided by `share`."""
    group = sorted(group, key=lambda each: (each.at, each.half))  # sums the same in any order
    weights = [each.half**-2 for each in group]
    total = math.fsum(weights)
    at = math.fsum(weight * each.at for weight, each in zip(weights, group)) / total
    return Estimate(at, math.sqrt(share / total))


def best(codes: Sequence[Estimate]) -> int:
    """Which of a student's codes counts: the one with the best bound, the earliest of equals."""
    return min(range(len(codes)), key=lambda k: codes[k].bound)


def ladder(codes: Sequence[Estimate], step: float) -> int:
    """Which of a student's codes counts where each look at the score tells of hidden data.

    In the order of submission, a code takes the place of the last only if its bound is better by more than
    `step` and by more than its own standard error (Blum and Hardt 2015, "The Ladder").
    """
    shown = 0
    for k, code in enumerate(codes):
        if codes[shown].bound - code.bound > max(step, code.half / Z):
            shown = k
    return shown


# --------------------------------------------------------------------------- many students


@dataclass(frozen=True)
class Contender:
    """A row to rank; `since` grows with when its code came. Where that is the same, the key decides."""

    key: str
    estimate: Estimate
    since: int


@dataclass(frozen=True)
class Place:
    """The tier's rank is 1 + all rows of earlier tiers; `tied` where others share it.

    The true rank lies between `best` and `worst`, as far as the measurements tell.
    """

    tier: int
    rank: int
    tied: bool
    best: int
    worst: int


def certainly_better(one: Estimate, other: Estimate, band: float) -> bool:
    """Whether `one` is ahead by more than the band and the error of the difference."""
    return other.at - one.at - math.hypot(one.half, other.half) > band


def ranked(contenders: Iterable[Contender], band: float) -> list[tuple[Contender, Place]]:
    """Everybody's place, in the order in which rows are shown: by tier, then the earlier first."""
    rows = sorted(contenders, key=lambda c: (c.estimate.reach, c.estimate.at))
    tiers = _tiers([row.estimate for row in rows], band)
    spans = _spans([row.estimate for row in rows], band)
    sizes = Counter(tiers)
    first = {tier: tiers.index(tier) + 1 for tier in sizes}
    placed = [
        (row, _place(tier, first[tier], sizes[tier], *span)) for row, tier, span in zip(rows, tiers, spans)
    ]
    return sorted(placed, key=lambda pair: (pair[1].tier, pair[0].since, pair[0].key))


def _place(tier: int, rank: int, size: int, least: int, most: int) -> Place:
    """The range holds the tier's own ranks: who shares them is not said to be certainly outside."""
    return Place(tier, rank, size > 1, min(least, rank), max(most, rank + size - 1))


def _tiers(estimates: Sequence[Estimate], band: float) -> list[int]:
    """The tier of each, in the order of their reach."""
    tiers: list[int] = []
    beyond = -math.inf
    for each in estimates:
        opens = each.at > beyond
        tiers.append((tiers[-1] if tiers else 0) + opens)
        beyond = each.reach + band if opens else beyond
    return tiers


def _spans(estimates: Sequence[Estimate], band: float) -> list[tuple[int, int]]:
    """Best and worst rank of each: a row of differences at a time, so that memory grows with n alone."""
    at = np.array([each.at for each in estimates])
    half = np.array([each.half for each in estimates])
    spans = []
    for own, width in zip(at, half):
        behind = own - at  # of each other one
        sure = band + np.hypot(width, half)
        spans.append((1 + int(np.sum(behind > sure)), len(at) - int(np.sum(-behind > sure))))
    return spans


def records(measured: Iterable[Estimate], band: float) -> list[int]:
    """Which of them, in the order in which they came, were records: certainly better than the last."""
    found: list[int] = []
    standing: Estimate | None = None
    for k, each in enumerate(measured):
        if standing is None or certainly_better(each, standing, band):
            standing = each
            found.append(k)
    return found


def frontier(points: Sequence[tuple[float, float]]) -> list[int]:
    """Which points (lower is better, both ways) no other beats in one way without losing in the other."""
    found: list[int] = []
    least = math.inf
    for k in sorted(range(len(points)), key=lambda k: (*points[k], k)):
        if points[k][1] < least:
            least = points[k][1]
            found.append(k)
    return found
