"""Properties that need no oracle: they explain and confirm, and never earn points alone.

A property is declared as data, so that a sealed plan stays numbers and names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from suites.types import Array, Case


@dataclass(frozen=True)
class Property:
    """`tensor`, summed over `axes`, is zero (up to rounding)."""

    says: str
    tensor: str
    axes: tuple[int, ...]
    name = "property"

    def residual(self, case: Case, values: Mapping[str, Array]) -> float:
        """The largest |sum|, relative to the largest sum of absolute values that could have come out."""
        value = np.asarray(values[self.tensor], dtype=np.float64)
        size = np.abs(value).sum(axis=self.axes).max(initial=0.0)
        scale = max(float(size), case.amplification.get(self.tensor, 0.0))
        return float(np.abs(value.sum(axis=self.axes)).max(initial=0.0)) / scale if scale > 0 else 0.0


def sums_to_zero(says: str, tensor: str, axes: tuple[int, ...]) -> Property:
    """`says` is the property in words, e.g. "dx sums to zero over the batch"."""
    return Property(says, tensor, axes)
