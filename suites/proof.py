"""What an assignment must hold before a student sees it: rules over its cases, and the students that test it.

Nothing here runs in a sandbox: the students are functions of this process, made from the declaration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, Callable

import numpy as np

from suites.assignment import Assignment, Op, Regime, Variant
from suites.inputs import single
from suites.questions import Observed, ask_cases
from suites.tolerance import DOUBLE, rounding
from suites.types import Answer, Array, Call, Case, Failure, Opaque, Ref, Reply, Student, Value, Verdict

Functions = Mapping[str, Callable[..., Any]]
PRECISIONS = ("float64", "float32")
PLAINLY = {"float64": 1e-6, "float32": 1e-3}  # of what tolerances are measured by: nobody calls this rounding
APART = 1000  # outputs of two seeds differ by this many tolerances, or a constant would do


# --------------------------------------------------------------------------- students


class Direct:
    """A student who runs functions of this process: trusted ones, and mutants of them."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    def ask(self, *calls: Call) -> list[Answer]:
        kept: dict[str, Any] = {}
        return [self._answer(call, kept) for call in calls]

    def _answer(self, call: Call, kept: dict[str, Any]) -> Answer:
        if any(isinstance(a, Ref) and a.name not in kept for a in call.args):
            return Failure(Verdict.SKIPPED, "needs what an earlier call did not leave")
        args = [kept[a.name] if isinstance(a, Ref) else _copied(a) for a in call.args]
        if call.seed is not None:
            np.random.seed(call.seed % (1 << 32))
        try:
            with np.errstate(all="ignore"):
                returned = self.functions[str(call.do)](*args)
            values = tuple(returned) if len(call.results) > 1 else (returned,)
        except Exception as error:
            return Failure(Verdict.ERROR, f"raised {type(error).__name__}: {error}"[:200])
        if len(values) != len(call.results):
            return Failure(Verdict.ERROR, f"returned {len(values)} values, {len(call.results)} expected")
        kept.update({ref.name: v for ref, v in zip(call.results, values) if ref})
        sent = tuple(_crossing(v) for ref, v in zip(call.results, values) if ref is None)
        return Reply(sent, tuple(_crossing(args[i]) for i in call.echo))


def _copied(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def _crossing(value: Any) -> Any:
    """What the wire makes of a value."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        return array if array.dtype.kind in "biufc" else Opaque(f"an array of {array.dtype}")
    if value is None or isinstance(value, (bool, int, float, complex, str, list, tuple, dict)):
        return value
    return Opaque(f"a {type(value).__name__}")


def oracles(ops: Sequence[Op]) -> dict[str, Callable[..., Any]]:
    """The functions of a student who is right."""
    functions: dict[str, Callable[..., Any]] = {}
    for op in ops:
        functions[op.forward] = asked(op, op.oracle)
        if op.backward and op.gradient:
            functions[op.backward] = asked(op, op.gradient)
    return functions


def asked(op: Op, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as students are asked it: one of a random operation finds its chance by itself."""
    if op.law is None:
        return function
    return lambda *args: function(*args, np.random.default_rng(np.random.randint(1 << 31)))


def is_random(case: Case) -> bool:
    """Whether a case asks a random operation, of which every draw is another."""
    return case.chance is not None


def with_variant(ops: Sequence[Op], variant: Variant) -> Direct:
    """The oracle with one function replaced. Where the variant keeps no cache, the oracle's is kept."""
    functions = oracles(ops)
    for op in ops:
        if variant.of is op.oracle:
            wrong = _caching(op, variant.wrong) if op.backward else variant.wrong
            functions[op.forward] = asked(op, wrong)
        if op.backward and variant.of is op.gradient:
            functions[op.backward] = asked(op, variant.wrong)
    return Direct(functions)


def _caching(op: Op, wrong: Callable[..., Any]) -> Callable[..., Any]:
    def forward(*args: Any) -> tuple[Any, ...]:
        *outputs, cache = wrong(*args)
        return (*outputs, op.oracle(*args)[-1] if cache is None else cache)

    return forward


def stubs(assignment: Assignment) -> dict[str, Direct]:
    """Students who know the shapes and nothing else. Each backward is the gradient of its own forward."""
    makers: dict[str, Callable[[Op], tuple[Any, Any]]] = {
        "zeros": lambda op: _constant(op, 0.0),
        "ones": lambda op: _constant(op, 1.0),
        "identity": _identity,
        "affine": _affine,
    }
    made: dict[str, Direct] = {}
    for name, maker in makers.items():
        functions: dict[str, Callable[..., Any]] = {}
        for op in assignment.ops:
            functions[op.forward], backward = maker(op)
            if op.backward:
                functions[op.backward] = backward
        made[name] = Direct(functions)
    return made


def _shaped(op: Op, args: Sequence[Any]) -> list[Array]:
    """Zeros of the shapes of the outputs."""
    returned = asked(op, op.oracle)(*args)
    outputs = returned[: len(op.outputs)] if op.backward or len(op.outputs) > 1 else (returned,)
    return [np.zeros_like(np.asarray(output)) for output in outputs]


def _returned(op: Op, outputs: Sequence[Any], cache: Any) -> Any:
    if op.backward:
        return (*outputs, cache)
    return tuple(outputs) if len(outputs) > 1 else outputs[0]


def _zero_gradients(op: Op, args: Sequence[Any]) -> dict[str, Any]:
    return {name: np.zeros_like(args[op.args.index(name)]) for name in op.wrt}


def _gradients(op: Op, found: Mapping[str, Any]) -> Any:
    return tuple(found.values()) if len(op.wrt) > 1 else found[op.wrt[0]]


def _constant(op: Op, value: float) -> tuple[Any, Any]:
    def forward(*args: Any) -> Any:
        return _returned(op, [zero + zero.dtype.type(value) for zero in _shaped(op, args)], args)

    return forward, lambda dout, cache: _gradients(op, _zero_gradients(op, cache))


def _identity(op: Op) -> tuple[Any, Any]:
    def forward(*args: Any) -> Any:
        return _returned(op, [args[0]] * len(op.outputs), args)

    def backward(dout: Any, cache: Any) -> Any:
        found = _zero_gradients(op, cache)
        if op.args[0] in found:
            found[op.args[0]] = dout
        return _gradients(op, found)

    return forward, backward


def _affine(op: Op) -> tuple[Any, Any]:
    """Scale x x + shift, by the first two other differentiated arguments where they fit, else by 2 and 1."""

    def fitting(args: Sequence[Any]) -> list[tuple[str, Any, tuple[int, ...]]]:
        x = args[0]
        others = [(name, args[op.args.index(name)]) for name in op.wrt if name != op.args[0]]
        return [
            (name, np.reshape(p, shape), axes)
            for name, p in others[:2]
            for shape, axes in [_laid(p, x)]
            if axes
        ]

    def forward(*args: Any) -> Any:
        p = [value for _, value, _ in fitting(args)]
        scale, shift = (p[0] if p else 2), (p[1] if len(p) > 1 else 1)
        return _returned(op, [scale * args[0] + shift] * len(op.outputs), args)

    def backward(dout: Any, cache: Any) -> Any:
        found, p = _zero_gradients(op, cache), fitting(cache)
        if op.args[0] in found:
            found[op.args[0]] = dout * (p[0][1] if p else 2)
        for (name, _, axes), factor in zip(p, (cache[0], 1)):
            found[name] = np.sum(dout * factor, axis=axes)
        return _gradients(op, found)

    return forward, backward


def _laid(parameter: Any, x: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape in which a parameter (D,) lies along an axis of x, and the other axes; () where none fits."""
    if np.ndim(parameter) == 1:
        for axis in (1, np.ndim(x) - 1):
            if 0 < axis < np.ndim(x) and np.shape(x)[axis] == len(parameter):
                others = tuple(a for a in range(np.ndim(x)) if a != axis)
                return tuple(len(parameter) if a == axis else 1 for a in range(np.ndim(x))), others
    return (), ()


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
