"""What holds of an oracle that runs: it leaves its arguments alone, and is what the declaration says of it.

What is a matter of rounding, terms and properties, is asked where an assignment is proved: no class is to be
refused for it, whatever inputs it draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from suites.assignment import Assignment, AuthoringError, Op, Part, Regime
from suites.blame import blamed
from suites.property import Property
from suites.tolerance import DOUBLE, Band, compare
from suites.types import Array, Case, Value


def arrays(values: Mapping[str, Value]) -> dict[str, Array]:
    """Copies of the arrays among some arguments."""
    return {name: value.copy() for name, value in values.items() if isinstance(value, np.ndarray)}


def refuse_unaskable(regime: Regime, inputs: Mapping[str, Value]) -> None:
    """AuthoringError where a regime draws an array that is empty, or not of numbers: the wire has none."""
    for name, value in inputs.items():
        if isinstance(value, np.ndarray) and (value.dtype.kind not in "biufc" or not value.size):
            raise AuthoringError(
                f"regime {regime.name}: {name!r} is an array of {value.dtype} and shape {value.shape}; "
                "draw one number or more"
            )


def refuse_changes(op: Op, regime: Regime, before: Mapping[str, Array], after: Mapping[str, Value]) -> None:
    """AuthoringError where a run of the oracle has changed what it was given."""
    for name, value in before.items():
        if not np.array_equal(value, np.asarray(after[name]), equal_nan=True):
            raise AuthoringError(
                f"the oracle of {op.forward} changes its argument {name} on regime {regime.name}; "
                "let it work on a copy"
            )


def refuse_shapes(op: Op, regime: Regime, inputs: Mapping[str, Value], expected: Mapping[str, Array]) -> None:
    """AuthoringError where a gradient is not shaped like what it is the gradient of."""
    for name, gradient in zip(op.wrt, op.signature.gradients):
        if gradient not in expected:
            continue
        shape, own = expected[gradient].shape, np.asarray(inputs[name]).shape
        if shape != own:
            raise AuthoringError(
                f"the oracle of {op.forward} returns a {gradient} of shape {shape} on regime {regime.name}, "
                f"where {name} has {own}; "
                f"return the gradients in the order of wrt: {', '.join(op.signature.gradients)}"
            )


def refuse_untruths(assignment: Assignment, cases: Mapping[str, Sequence[Case]]) -> None:
    """AuthoringError where terms or properties say of an oracle what is not so; cases by operation."""
    for case in (case for some in cases.values() for case in some):
        refuse_terms(case)
    for part in assignment.parts:
        if isinstance(part, Part):
            refuse_properties(part, cases[part.op.forward])


def refuse_terms(case: Case) -> None:
    """AuthoringError where the terms of a gradient add up to something else."""
    for gradient, named in case.terms.items():
        total = np.asarray(sum(named.values()), dtype=np.float64)
        looked = compare(total, case.expected[gradient], case.amplification[gradient], DOUBLE)
        if looked.band is not Band.ROUNDING:
            raise AuthoringError(
                f"the terms of {gradient} in {case.signature.forward} do not sum to it on regime "
                f"{case.regime}: {', '.join(named) or 'there are none'}"
            )


def refuse_properties(part: Part, cases: Iterable[Case]) -> None:
    """AuthoringError where a property is false of the oracle itself: right students would read it, too."""
    properties = [check for check in part.checks if isinstance(check, Property)]
    judged = [case for case in cases if case.tier == "ordinary" and case.chance is None]
    for prop, case in product(properties, judged):
        if prop.tensor not in case.expected:
            continue
        with blamed(f"part {part.name}: the property {prop.says!r} cannot be tested"):
            holds = prop.holds(case, case.expected[prop.tensor], DOUBLE)
        if not holds:
            raise AuthoringError(
                f"part {part.name}: {prop.tensor} of the oracle itself does not have the property "
                f"{prop.says!r} on regime {case.regime}; mend it or leave it out"
            )
