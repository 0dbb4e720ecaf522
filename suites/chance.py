"""Counts that chance alone would hardly give: exact binomial bounds, and what is found in drawn masks.

Every test has the level LEVEL: a right solution fails it with at most that probability, whatever else it
does. A test of many counts divides its level among them (Bonferroni). `count_of_tests` says how many a case
undergoes: fewer than 25, so an assignment of 40 random cases stays below 1e-6 for a submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from suites.types import Array

LEVEL = 1e-9

UNEVEN = "uneven"  # some places, or some calls, survive more often than others
DEPENDENT = "dependent"  # two places, or two calls, go together
FIXED = "fixed"  # the number of survivors is not left to chance
SAME = "same"  # every call draws the same mask
TIED = "tied along axis "  # one draw serves a whole axis


@lru_cache(maxsize=4096)
def between(n: int, probability: float, level: float) -> tuple[int, int]:
    """The least and the greatest count of Binomial(n, probability) that `level` allows, half on each side.

    The tails are summed exactly: outside the two lies at most `level`, and no narrower pair can say so.
    """
    if probability <= 0 or probability >= 1:
        return (0, 0) if probability <= 0 else (n, n)
    mass = _masses(n, probability)
    below, above = np.cumsum(mass), np.cumsum(mass[::-1])
    return int(np.searchsorted(below, level / 2, "right")), n - int(
        np.searchsorted(above, level / 2, "right")
    )


def _masses(n: int, probability: float) -> Array:
    factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    k = np.arange(n + 1)
    logs = factorial[n] - factorial[k] - factorial[n - k]
    return np.asarray(np.exp(logs + k * np.log(probability) + (n - k) * np.log1p(-probability)))


def surprising(counts: Array, n: int, probability: float, many: int = 0) -> bool:
    """Whether one of several counts of Binomial(n, probability), dependent or not, is beyond the level.

    `many` is how many there are, where `counts` holds only the least and the greatest of them.
    """
    if not counts.size:
        return False
    low, high = between(n, probability, LEVEL / (many or counts.size))
    return bool(counts.min() < low or counts.max() > high)


def count_of_tests(axes: int) -> int:
    """How many tests of the level LEVEL the masks of one case undergo, at most, where a mask has `axes`."""
    rate, uneven, dependent, same, zeros = 1, 2, 2 + 2 * axes, 1, 2
    return rate + uneven + dependent + same + zeros + (axes + 1) + axes  # fixed numbers, tied axes


def strange(masks: Array, keep: float, regular: Sequence[str] | None = None) -> frozenset[str]:
    """What chance would not do to masks (calls, ...) of independent entries that survive with `keep`.

    `regular` is their `structure`, where that is known already.
    """
    found = set(structure(masks) if regular is None else regular)
    if _uneven(masks, keep):
        found.add(UNEVEN)
    if _dependent(masks, keep):
        found.add(DEPENDENT)
    return frozenset(found)


def structure(masks: Array) -> list[str]:
    """What is so regular in masks (calls, ...) that no rate explains it; nothing where all or none survive.

    Each is an event: if entries are independent its probability is at most LEVEL, or it isn't looked for.
    """
    rate = float(masks.mean()) if masks.size else 0.0
    if rate in (0, 1):
        return []
    axes = range(1, masks.ndim)
    together = max(rate, 1 - rate)  # how probable, at most, that one more entry is as another is
    same = together ** (masks.size - masks.size // len(masks)) < LEVEL and bool(np.all(masks == masks[:1]))
    regular = [SAME] * same + [f"{TIED}{axis - 1}" for axis in axes if _tied(masks, axis, together)]
    if regular:
        return regular  # that says more than a number of survivors
    return [FIXED] if any(_fixed(masks, over, rate) for over in (tuple(axes), *zip(axes))) else []


def _tied(masks: Array, axis: int, together: float) -> bool:
    """Whether entries along an axis survive all or none, and no accident."""
    n = masks.shape[axis]
    alone = together ** (masks.size - masks.size // n) < LEVEL
    return alone and bool((masks.any(axis=axis) == masks.all(axis=axis)).all())


def _fixed(masks: Array, over: tuple[int, ...], rate: float) -> bool:
    """Whether every sum over some axes is the same number, and no accident."""
    counts = masks.sum(axis=over)
    n = masks.size // counts.size
    if np.ptp(counts) > 0:
        return False
    return bool(float(_masses(n, rate).max()) ** (counts.size - 1) < LEVEL)


def _uneven(masks: Array, keep: float) -> bool:
    flat = masks.reshape(len(masks), -1)
    calls, places = flat.shape
    return surprising(flat.sum(axis=0), calls, keep) or surprising(flat.sum(axis=1), places, keep)


def _dependent(masks: Array, keep: float) -> bool:
    """Whether two places agree too often or too rarely over the calls, two calls over the places, or
    neighbours along some axis in the mean. Disjoint pairs of independent entries are independent."""
    alike = 1 - 2 * keep * (1 - keep)
    signs = np.where(masks.reshape(len(masks), -1), np.float32(1), np.float32(-1))
    if _pairs(signs, alike) or _pairs(signs.T, alike):
        return True
    for axis in range(1, masks.ndim):
        for start in (0, 1):
            places = range(start, masks.shape[axis] - 1, 2)
            here, next_ = (np.take(masks, [k + step for k in places], axis=axis) for step in (0, 1))
            if surprising(np.array([np.count_nonzero(here == next_)]), here.size, alike):
                return True
    return False


def _pairs(signs: Array, alike: float) -> bool:
    """Whether two columns of -1 and 1 agree in more or in fewer rows than chance allows."""
    rows, columns = signs.shape
    if columns < 2:
        return False
    balance = signs.T @ signs  # how many rows agree less how many do not: exact, for they are whole numbers
    np.fill_diagonal(balance, balance[0, 1])  # what agrees with itself is no pair
    agreements = (rows + np.array([balance.min(), balance.max()])) / 2
    return surprising(agreements, rows, alike, columns * (columns - 1) // 2)
