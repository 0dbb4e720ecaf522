"""Properties that need no oracle: they explain and confirm, and never earn points alone.

A property is declared as data, so that a sealed plan stays numbers and names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from suites.questions import Observed
from suites.tolerance import as_array
from suites.types import Array, Case, Evidence, Failure, Finding, Verdict

ROUNDINGS = 2.0**12  # of the sum of absolute values: a sum of many terms, each computed in several steps
DOES_NOT_HOLD = "does not hold: "


@dataclass(frozen=True)
class Property:
    """`tensor`, times the argument `to` if one is named, summed over `axes`, is zero (up to rounding)."""

    says: str
    tensor: str
    axes: tuple[int, ...]
    to: str = ""
    name = "property"

    def residual(self, case: Case, value: Array) -> float:
        """The largest |sum|, relative to the largest sum of absolute values that could have come out."""
        factor = np.asarray(case.inputs[self.to], dtype=np.float64) if self.to else np.ones(())
        summands = value * factor
        size = np.abs(summands).sum(axis=self.axes).max(initial=0.0)
        noise = case.amplification.get(self.tensor, 0.0) * float(np.abs(factor).max(initial=0.0))
        scale = max(float(size), noise)
        return float(np.abs(summands.sum(axis=self.axes)).max(initial=0.0)) / scale if scale > 0 else 0.0

    def holds(self, case: Case, value: Array, unit: float) -> bool:
        """Whether the value has the property, in arithmetic of this roundoff; NaN has none."""
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(value))) and self.residual(case, value) <= ROUNDINGS * unit


def sums_to_zero(says: str, tensor: str, axes: tuple[int, ...]) -> Property:
    """`says` is the property in words, e.g. "dx sums to zero over the batch"."""
    return Property(says, tensor, axes)


def orthogonal(says: str, tensor: str, to: str, axis: int) -> Property:
    """`says` is the property in words, e.g. "each row of dv is orthogonal to that row of v"."""
    return Property(says, tensor, (axis,), to)


def judge_property(part: str, prop: Property, seen: Sequence[Observed]) -> list[Finding]:
    """One finding without points, over the ordinary cases in which the tensor is there."""
    there = [
        (value, o)
        for o in seen
        if o.case.tier == "ordinary" and (value := _array(prop.tensor, o)) is not None
    ]
    if not there:
        return []
    off = [(value, o) for value, o in there if not o.right(prop.tensor)]  # the oracle comes first
    broken = [o for value, o in off if not prop.holds(o.case, value, o.unit(prop.tensor))]
    evidence = Evidence(argument=prop.tensor, cases=len(there), failed_cases=len(broken))
    verdict = Verdict.FAIL if broken else Verdict.PASS
    words = prop.says if not broken else DOES_NOT_HOLD + prop.says
    none = Fraction(0)
    return [Finding(part, prop.name, prop.tensor, "ordinary", verdict, words, none, none, evidence=evidence)]


def is_property(finding: Finding) -> bool:
    """Whether it explains and confirms, and earns nothing."""
    return finding.check == Property.name and not finding.points


def _array(tensor: str, o: Observed) -> Array | None:
    value = o.values.get(tensor)  # which is no array where it is missing
    if isinstance(value, Failure):
        return None
    got, _, _ = as_array(value, o.case.expected[tensor].shape)
    return got
