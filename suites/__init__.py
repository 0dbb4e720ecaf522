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
    gradient,
    regime,
    variant,
)
from suites.property import orthogonal, sums_to_zero

__all__ = [
    "Assignment",
    "AuthoringError",
    "Domain",
    "Op",
    "Part",
    "Regime",
    "Variant",
    "agreement",
    "gradient",
    "orthogonal",
    "regime",
    "sums_to_zero",
    "variant",
]
