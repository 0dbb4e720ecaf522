"""Estimates of a ratio from pairs of measurements in several launches, with what they leave open.

A pair is told by d = ln(student / reference). The estimate is the midmean of all pairs, the mean of their
middle half: what hits one of them, and on a machine with others it is hit hard, moves it little.

A launch is a fresh process of each side: memory lies differently in each, so launches may differ by more than
pairs do. So the interval resamples launches, then pairs within them (a hierarchical bootstrap).

That counts the spread of pairs twice, for it is in the spread of the launches as well, and shows the spread
of few launches too small. So what is resampled is scaled to the variance of the mean of L launches,
max(w, s L / (L - 1)) / L: w the variance of a launch's mean by its pairs, s that of the launches' means as
they lie. What is averaged for these is what each pair pulls the midmean by: d within the quartiles, twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from suites.measurement import LEVEL
from suites.types import Array

RESAMPLES = 2000
BAND, NARROW_BAND = float(np.log(1.05)), float(np.log(1.03))
QUIET = 0.01  # the floor below which the narrow band holds


@dataclass(frozen=True)
class Estimate:
    """A log ratio and the bounds of its 95 % interval."""

    theta: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    def widened(self, by: float) -> Estimate:
        """With an error more that no spread of pairs need show, such as that of two equals in the session."""
        half = float(np.hypot(self.half_width, by))
        return Estimate(self.theta, self.theta - half, self.theta + half)


def estimate(launches: Sequence[Sequence[float]], rng: Generator) -> Estimate:
    """The estimate from log ratios, a sequence of pairs for each launch, all of the same length."""
    d = np.asarray(launches, dtype=float)
    count, pairs = d.shape
    theta = float(midmean(d.ravel()))
    launch = rng.integers(count, size=(RESAMPLES, count, 1))
    pair = rng.integers(pairs, size=(RESAMPLES, count, pairs))
    found = midmean(d[launch, pair].reshape(RESAMPLES, -1))
    scale = float(np.sqrt(_variance(d))) / (float(found.std()) or 1.0)
    return _around(theta, theta + (found - found.mean()) * scale)


def midmean(x: Array) -> Array:
    """The mean of the middle half along the last axis; a quarter of an entry counts for a quarter."""
    n = x.shape[-1]
    at = np.arange(n)
    weights = np.clip(np.minimum(at + 1, 0.75 * n) - np.maximum(at, 0.25 * n), 0, None)
    return np.asarray(np.sort(x) @ weights / weights.sum())


def _variance(d: Array) -> float:
    """Of the midmean of pairs (launches, pairs)."""
    count, pairs = d.shape
    pulls = 2 * np.clip(d, *np.quantile(d, [0.25, 0.75]))
    within = pulls.var(axis=1, ddof=min(1, pairs - 1)).mean() / pairs
    between = pulls.mean(axis=1).var(ddof=min(1, count - 1))
    return float(max(within, between * count / max(1, count - 1)) / count)


def _around(theta: float, resampled: Array) -> Estimate:
    """An estimate with the middle 95 % of what it was when resampled; it lies in its own interval."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(theta, min(float(low), theta), max(float(high), theta))


def mean_of(estimates: Sequence[Estimate], most: float) -> Estimate:
    """Of several workloads: the mean log ratio, none counting for more than `most` either way."""
    thetas = [float(np.clip(e.theta, -most, most)) for e in estimates]
    half = float(np.sqrt(sum(e.half_width**2 for e in estimates))) / len(estimates)
    theta = sum(thetas) / len(thetas)
    return Estimate(theta, theta - half, theta + half)


def root_mean_square(thetas: Sequence[float]) -> float:
    """The size of log ratios that would be 0 if nothing disturbed: none of them can hide it by luck."""
    return float(np.sqrt(np.mean(np.square(thetas))))


def band_for(floor: float) -> float:
    """Differences of log ratios that are none, in a session that has this floor."""
    return NARROW_BAND if floor <= QUIET else BAND


def rank_correlation(values: Sequence[float]) -> float:
    """Spearman's correlation of the values with their order: whether they drift. Equals share a rank."""
    found, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(found) < 3:
        return 0.0
    ranks = np.cumsum(counts) - counts / 2
    return float(np.corrcoef(ranks[inverse], np.arange(len(values)))[0, 1])


def exponent(sizes: Sequence[float], costs: Sequence[Sequence[float]], rng: Generator) -> Estimate:
    """How cost grows: p of cost ~ size^p by least squares on logarithms; several costs a size, resampled."""
    x = np.log(np.asarray(sizes, dtype=float))
    x = x - x.mean()
    y = np.log(np.asarray(costs, dtype=float))
    slope = float(x @ np.median(y, axis=1) / (x @ x))
    drawn = rng.integers(y.shape[1], size=(RESAMPLES, *y.shape))
    resampled = np.median(np.take_along_axis(y[np.newaxis], drawn, axis=2), axis=2)
    return _around(slope, resampled @ x / (x @ x))
