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
    wrong,
)
from suites.estimates import Estimates
from suites.function import Function
from suites.inputs import single, views, with_channels_last
from suites.own_tests import OwnTests
from suites.property import orthogonal, sums_to_zero
from suites.subjects import subject
from suites.types import Law
from suites.workload import Workload

__all__ = [
    "Assignment",
    "AuthoringError",
    "Domain",
    "Estimates",
    "Function",
    "Law",
    "Op",
    "OwnTests",
    "Part",
    "Regime",
    "Variant",
    "Workload",
    "agreement",
    "by_statistics",
    "gradient",
    "orthogonal",
    "regime",
    "single",
    "subject",
    "sums_to_zero",
    "variant",
    "views",
    "with_channels_last",
    "wrong",
]
