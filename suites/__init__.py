"""How code is measured. This page is what the author of an assignment imports."""

from suites.assignment import (
    Assignment,
    AuthoringError,
    Domain,
    Op,
    Part,
    Regime,
    Variant,
    agreement,
    by_statistics,
    gradient,
    regime,
    variant,
)
from suites.property import orthogonal, sums_to_zero
from suites.types import Law

__all__ = [
    "Assignment",
    "AuthoringError",
    "Domain",
    "Law",
    "Op",
    "Part",
    "Regime",
    "Variant",
    "agreement",
    "by_statistics",
    "gradient",
    "orthogonal",
    "regime",
    "sums_to_zero",
    "variant",
]
