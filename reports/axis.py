"""A line of values drawn from left to right: where each lies, and which round ones to write beneath."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MARGIN = 0.04  # of the length, free at both ends
_ROUND = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`; on a logarithmic one equal ratios are equal lengths."""

    low: float
    high: float
    log: bool

    @classmethod
    def over(cls, values: Iterable[float], log: bool) -> "Axis":
        """An axis that holds all the values, with a margin. Of none: from 1 to 2."""
        lengths = [math.log(value) if log else value for value in values] or [1.0 * (not log), 2.0]
        low, high = min(lengths), max(lengths)
        room = MARGIN * (high - low) or MARGIN * max(abs(low), 1.0)
        low, high = low - room, high + room
        return cls(math.exp(low), math.exp(high), log) if log else cls(low, high, log)

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        low, high, at = self._lengths(self.low, self.high, value)
        return min(max((at - low) / (high - low), 0.0), 1.0)

    def ticks(self, most: int = 5) -> list[float]:
        """At most so many round values, in order."""
        if self.log and self.high / self.low > 8:
            return _thinned(_decades(self.low, self.high), most)
        step = _step((self.high - self.low) / most)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return _thinned([step * k for k in range(first, last + 1)], most)

    def _lengths(self, *values: float) -> Sequence[float]:
        return [math.log(value) for value in values] if self.log else values


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, ... that is no smaller."""
    decade = 10.0 ** math.floor(math.log10(least))
    return next(decade * digit for digit in (*_ROUND, 10.0) if decade * digit >= least * (1 - 1e-9))


def _decades(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [10.0**power * digit for power in powers for digit in _ROUND if low <= 10.0**power * digit <= high]


def _thinned(ticks: list[float], most: int) -> list[float]:
    return ticks[:: max(math.ceil(len(ticks) / most), 1)]
