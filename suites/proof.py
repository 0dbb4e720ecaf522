"""What an assignment must hold before a student sees it: rules over its cases, and over answers to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Any, Callable

import numpy as np

from suites.assignment import Assignment, Op, Regime
from suites.inputs import single
from suites.questions import Observed, ask_cases
from suites.tolerance import DOUBLE, rounding
from suites.types import Array, Case, Failure, Opaque, Student, Value

PRECISIONS = ("float64", "float32")
PLAINLY = {"float64": 1e-6, "float32": 1e-3}  # of what tolerances are measured by: nobody calls this rounding
APART = 1000  # outputs of two seeds differ by this many tolerances, or a constant would do


def is_random(case: Case) -> bool:
    """Whether a case asks a random operation, of which every draw is another."""
    return case.chance is not None


# --------------------------------------------------------------------------- inputs


def narrow(op: Op) -> Op:
    """The operation with all its inputs in float32."""
    return replace(op, regimes=tuple(replace(r, draw=_narrow_draw(r)) for r in op.regimes))


def _narrow_draw(regime: Regime) -> Callable[[np.random.Generator], dict[str, Value]]:
    def draw(rng: np.random.Generator) -> dict[str, Value]:
        return single(regime.draw(rng))

    return draw


# --------------------------------------------------------------------------- rules


def undeclared(assignment: Assignment) -> Iterator[str]:
    """What the declaration leaves out: words for an argument, the public sibling of a hidden kind."""
    for op in assignment.ops:
        for name in op.args:
            if not op.domains.get(name):
                yield f"{op.forward} says nothing of its argument {name}; give it words in domains"
        for regime in op.regimes:
            if not regime.public and not regime.like:
                yield f"regime {regime.name} of {op.forward} is hidden: name its public sibling in like"
    for id in assignment.conventions:
        if id not in {v.id for v in assignment.all_variants if v.kind == "note"}:
            yield f"conventions speaks of {id!r}, which is no variant of kind note"
    for v in assignment.all_variants:
        if v.kind == "note" and v.id not in assignment.conventions:
            yield f"{v.id} is a note that conventions does not speak of; say required or accepted"
        if not any(v.of is f for op in assignment.ops for f in (op.oracle, op.gradient)):
            yield f"{v.id} is a variant of a function that is no operation's"


def irreproducible(first: Sequence[Case], again: Sequence[Case]) -> Iterator[str]:
    """What differs between two sealings under one seed: there is other chance than the Generator's."""
    for a, b in zip(first, again):
        function = a.signature.forward
        if not all(_alike(a.inputs[name], b.inputs[name]) for name in a.inputs):
            yield (
                f"regime {a.regime} of {function} draws something else under the same seed: "
                "draw everything from the Generator that it is given"
            )
        elif any(_apart(a.expected[name], b.expected[name], a.amplification[name]) for name in a.expected):
            yield (
                f"the oracle of {function} answers the same inputs differently on regime {a.regime}: "
                "let nothing in it be left to chance"
            )


def other_precision(oracle: Student, cases: Sequence[Case]) -> Iterator[str]:
    """Tensors that an oracle answers in another precision than that of the arrays it is given.

    Narrower, right students would be held against its rounding; wider, its run in float32 would not show
    what rounding costs. A number has no precision to keep, and what is random isn't looked at.
    """
    said: dict[str, None] = {}
    for o in ask_cases(oracle, [case for case in cases if not is_random(case)]):
        given = {str(dtype) for value in o.case.inputs.values() if (dtype := _float_dtype(value))}
        for tensor, value in o.values.items():
            dtype = _float_dtype(value)
            if len(given) == 1 and dtype and str(dtype) not in given:
                said[
                    f"the oracle of {o.case.signature.forward} answers {tensor} in {dtype} where its arrays "
                    f"are {min(given)}; let it keep their dtype"
                ] = None
    yield from said


def _float_dtype(value: Any) -> Any:
    return value.dtype if isinstance(value, np.ndarray) and value.dtype.kind == "f" else None


def constant(seeds: Sequence[Sequence[Case]], ops: Sequence[Op] = ()) -> Iterator[str]:
    """What every seed leaves as it is, so that an answer by heart would do: inputs, and tensors of a tier.

    `seeds` has the same cases under several seeds. A tensor may be the same in some kinds of input (a
    gradient that is zero on a batch of one), not in all of a tier, unless its operation calls it fixed.
    """
    fixed = {(op.forward, tensor) for op in ops for tensor in op.fixed}
    varies: dict[str, bool] = {}
    first, *others = seeds
    for other in others:
        for a, b in zip(first, other):
            for what, differs in _differences(a, b, fixed):
                varies[what] = varies.get(what, False) or differs
    yield from (
        f"{what} is the same under every seed: draw it at random" for what, v in varies.items() if not v
    )


def _differences(a: Case, b: Case, fixed: Set[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    function = a.signature.forward
    alike = all(np.array_equal(a.inputs[name], b.inputs[name]) for name in a.inputs)  # type: ignore[arg-type]
    yield f"regime {a.regime} of {function}", not alike
    for name, expected in a.expected.items():
        aspect = "forward" if name in a.signature.outputs else "backward"
        if aspect in a.checks and (function, name) not in fixed:
            differs = _apart(expected, b.expected[name], a.amplification[name])
            yield f"{name} of {function} in the {a.tier} tier", differs


def _apart(a: Array, b: Array, amplification: float) -> bool:
    if a.shape != b.shape:
        return True
    with np.errstate(all="ignore"):
        return bool(np.any(np.abs(a - b) > APART * rounding(a, amplification, DOUBLE)))


def plainly_off(cases: Sequence[Case], student: Student, precision: str) -> set[tuple[str, str, str]]:
    """(operation, tensor, tier) in which some case differs from the oracle by more than any rounding.

    What is random differs anyhow and isn't looked at.
    """
    return {
        (o.case.signature.forward, tensor, o.case.tier)
        for o in ask_cases(student, [case for case in cases if not is_random(case)])
        for tensor in o.case.expected
        if _checked(o, tensor) and _is_plain(o, tensor, PLAINLY[precision])
    }


def _checked(o: Observed, tensor: str) -> bool:
    return ("forward" if tensor in o.case.signature.outputs else "backward") in o.case.checks


def _is_plain(o: Observed, tensor: str, part: float) -> bool:
    value: Any = o.values[tensor]
    expected = o.case.expected[tensor]
    if isinstance(value, (Failure, Opaque)) or np.shape(value) != expected.shape:
        return True
    with np.errstate(all="ignore"):
        got = np.asarray(value, dtype=np.float64)
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
        size = o.case.amplification[tensor] + float(np.sqrt(np.mean(np.square(expected)))) + np.abs(expected)
        return not bool(np.all(same | (np.abs(got - expected) <= part * size)))


def same_bits(one: Student, other: Student, cases: Sequence[Case]) -> bool:
    """Whether two students answer alike, bit for bit, on these inputs and on far larger and smaller ones."""
    asked = [moved for case in cases for moved in (case, *_extremes(case))]
    return all(
        _alike(a.values[tensor], b.values[tensor])
        for a, b in zip(ask_cases(one, asked), ask_cases(other, asked))
        for tensor in a.case.signature.tensors
    )


def _extremes(case: Case) -> Iterator[Case]:
    for factor in (2.0**-20, 2.0**20, 0.0):
        inputs: dict[str, Value] = {
            name: np.asarray(value * value.dtype.type(factor))
            if isinstance(value, np.ndarray) and value.dtype.kind == "f"
            else value
            for name, value in case.inputs.items()
        }
        yield replace(case, inputs=inputs)


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, Failure) or isinstance(b, Failure):
        return isinstance(a, Failure) and isinstance(b, Failure)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
    return bool(np.array_equal(a, b))
