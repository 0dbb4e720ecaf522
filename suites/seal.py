"""Sealing: the half of a check that needs the oracle. It turns an operation into cases of plain numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np

from suites.assignment import AuthoringError, Domain, Op, Regime, Variant
from suites.blame import blamed, told
from suites.consistency import arrays, refuse_changes, refuse_shapes, refuse_unaskable
from suites.grid import direction, on_grid
from suites.statistics import random_case
from suites.tolerance import DOUBLE, SINGLE, Band, compare
from suites.types import Array, Case, Value

Stream = Callable[[str], np.random.Generator]

KINK = 2.0**-26  # the step, relative to the scale, at which a smooth oracle is straight to 1e-3
NEARER = 2.0**-8  # of a move that shows conditioning: what it changes shrinks with it, a jump does not
BITS_OF_UPSTREAM = 12  # an upstream gradient lies on multiples of 2**-12 of its scale
DIRECTIONS = 4  # along which a kink is looked for


def streams(seed: bytes) -> Stream:
    """Independent random streams by name: the same seed and name draw the same numbers, in any order."""

    def stream(name: str) -> np.random.Generator:
        digest = hashlib.sha256(seed + b"/" + name.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest, "little"))

    return stream


def seal(
    op: Op, variants: Iterable[Variant], stream: Stream, names: Container[str] | None = None
) -> tuple[Case, ...]:
    """All cases of an operation. Raises AuthoringError where the oracle and the declaration disagree.

    `names` are all that a regime may draw: regimes may be shared with operations that take more.
    """
    mine = tuple(v for v in variants if v.of is op.oracle or v.of is op.gradient)
    _refuse_ambiguity(op, mine)
    make = _seal_case if op.law is None else random_case
    cases: list[Case] = []
    for regime in op.regimes:
        for draw in range(regime.draws):
            id = f"{op.forward}/{regime.name}/{draw}"
            rng = stream(id)
            with np.errstate(all="ignore"):
                inputs = drawn(op, regime, rng, names)
                with _running(op, regime):
                    cases.append(make(op, regime, mine, id, inputs, rng, not cases))
    return _without_invisible_variants(tuple(cases))


def _running(op: Op, regime: Regime) -> AbstractContextManager[None]:
    """Whatever the operation's own functions raise on inputs of a kind."""
    functions = (op.oracle, op.gradient, op.law, *op.terms.values())
    return blamed(f"the oracle of {op.forward} does not run on regime {regime.name}", *functions)


def _refuse_ambiguity(op: Op, variants: tuple[Variant, ...]) -> None:
    """Names stand for one thing: a regime and a variant within their operation."""
    names = [regime.name for regime in op.regimes]
    if not names:
        raise AuthoringError(f"{op.forward} has no kinds of input; name one or more in regimes")
    for name in names:
        if names.count(name) > 1:
            raise AuthoringError(f"{op.forward} has two regimes {name!r}; rename one")
    public = {regime.name for regime in op.regimes if regime.public}
    for regime in op.regimes:
        if regime.like and regime.like not in public:
            raise AuthoringError(
                f"regime {regime.name} of {op.forward} is like {regime.like!r}, which is no public one; "
                f"name one of: {', '.join(sorted(public)) or 'none yet'}"
            )
    written = [v.id for v in variants]
    for id in written:
        if written.count(id) > 1:
            raise AuthoringError(f"variant {id} stands twice for {op.forward}; rename one")


def _seal_case(
    op: Op,
    regime: Regime,
    variants: tuple[Variant, ...],
    id: str,
    inputs: dict[str, Value],
    rng: np.random.Generator,
    first: bool,
) -> Case:
    wide, given = _cast(inputs, np.float64), arrays(inputs)
    outputs, cache = run_oracle(op, op.oracle, wide)
    if op.backward and cache is None:
        raise AuthoringError(
            f"{op.forward}: the oracle's cache is None, which says that it has no gradients; "
            "return anything else, even if the backward needs nothing of it"
        )
    upstream = _upstream(op, inputs, outputs[0], rng) if op.backward else None
    wide_upstream = None if upstream is None else upstream.astype(np.float64)
    expected = _tensors(op, op.oracle, op.gradient, wide, wide_upstream)
    refuse_changes(op, regime, given, wide)
    refuse_changes(op, regime, arrays({"dout": upstream}), {"dout": wide_upstream})
    refuse_shapes(op, regime, inputs, expected)
    terms = {name: _terms(op, name, wide_upstream, cache) for name in op.terms}
    amplification = _amplification(op, wide, wide_upstream, expected, rng)
    for name, parts in terms.items():  # they may cancel, exactly even: their own rounding does not
        amplification[name] = max([amplification[name], *(float(np.max(np.abs(t))) for t in parts.values())])
    return Case(
        id=id,
        signature=op.signature,
        regime=regime.name,
        about=regime.about,
        tier=regime.tier,
        public=regime.public,
        strict=regime.strict,
        checks=regime.checks,
        inputs=inputs,
        upstream=upstream,
        expected=expected,
        amplification=amplification,
        variants={
            v.id: found for v in variants if (found := _variant_tensors(op, v, wide, wide_upstream, cache))
        },
        terms=terms,
        kinked=upstream is not None and _kinked(op, wide, upstream, rng),
        echo=first,
    )


def drawn(
    op: Op, regime: Regime, rng: np.random.Generator, names: Container[str] | None = None
) -> dict[str, Value]:
    """The arguments of one case. AuthoringError where they are not what the operation takes."""
    with blamed(f"regime {regime.name} of {op.forward} does not run", regime.draw):
        found = regime(rng)
    if not isinstance(found, Mapping):
        raise AuthoringError(
            f"regime {regime.name} returns a {type(found).__name__}; "
            f"return the arguments of {op.forward} by name"
        )
    missing = [name for name in op.args if name not in found]
    if missing:
        raise AuthoringError(f"regime {regime.name} draws no {missing[0]!r}, which {op.forward} takes")
    unknown = [name for name in found if names is not None and name not in names]
    if unknown:
        raise AuthoringError(
            f"regime {regime.name} draws {unknown[0]!r}, which is no argument; "
            f"{op.forward} takes {', '.join(op.args)}"
        )
    inputs = {name: found[name] for name in op.args}
    refuse_unaskable(regime, inputs)
    for name, domain in op.domains.items():
        if not isinstance(domain, Domain) or name not in inputs:
            continue
        with blamed(f"the domain of {name!r} does not run on regime {regime.name}", domain.holds):
            holds = bool(np.all(domain.holds(inputs[name])))
        if not holds:
            raise AuthoringError(f"regime {regime.name} draws a {name!r} that is not in its domain: {domain}")
    for name in op.wrt:
        value = inputs[name]
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            raise AuthoringError(
                f"regime {regime.name}: {name!r} stands in wrt of {op.forward} and is no float array; "
                "draw it as one, or take it out of wrt"
            )
        if value.flags.writeable:
            value[...] = on_grid(value)  # in place: the layout that the regime chose stays
    return inputs


def run_oracle(
    op: Op, function: Callable[..., Any], inputs: Mapping[str, Value]
) -> tuple[tuple[Any, ...], Any]:
    """The outputs of a forward function, and its cache where the operation has a backward."""
    returned = function(*(inputs[name] for name in op.args))
    if op.backward or len(op.outputs) > 1:
        _refuse_one(op, function, returned, (*op.outputs, *(("cache",) if op.backward else ())))
    if op.backward:
        *outputs, cache = returned
    else:
        outputs, cache = (list(returned) if len(op.outputs) > 1 else [returned]), None
    if len(outputs) != len(op.outputs):
        raise AuthoringError(
            f"{function.__name__} returns {len(outputs)} outputs, {op.forward} has {op.outputs}"
        )
    return tuple(outputs), cache


def _tensors(
    op: Op,
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None,
    inputs: Mapping[str, Value],
    upstream: Array | None,
) -> dict[str, Array]:
    outputs, cache = run_oracle(op, forward, inputs)
    values = dict(zip(op.outputs, outputs))
    if upstream is not None and backward is not None and cache is not None:
        values.update(zip(op.signature.gradients, _gradients(op, backward, upstream, cache)))
    return {name: np.array(value, dtype=np.float64) for name, value in values.items()}


def _gradients(op: Op, backward: Callable[..., Any], upstream: Array, cache: Any) -> tuple[Any, ...]:
    returned = backward(upstream, cache)
    if len(op.wrt) > 1:
        _refuse_one(op, backward, returned, op.signature.gradients)
    gradients = (returned,) if len(op.wrt) == 1 else tuple(returned)
    if len(gradients) != len(op.wrt):
        raise AuthoringError(
            f"{backward.__name__} returns {len(gradients)} gradients, "
            f"{op.forward} has {op.signature.gradients}"
        )
    return gradients


def _refuse_one(op: Op, function: Callable[..., Any], returned: Any, several: tuple[str, ...]) -> None:
    """Refuse one thing in the place of several: an array would be taken apart, row by row."""
    if not isinstance(returned, (tuple, list)):
        raise AuthoringError(
            f"{function.__name__} returns a {type(returned).__name__}; for {op.forward} return the tuple "
            f"({', '.join(several)})"
        )


def _terms(op: Op, gradient: str, upstream: Array | None, cache: Any) -> dict[str, Array]:
    if gradient not in op.signature.gradients:
        has = ", ".join(op.signature.gradients) or "none"
        raise AuthoringError(f"terms of {op.forward} speaks of {gradient!r}; its gradients are {has}")
    terms = op.terms[gradient](upstream, cache)
    if not isinstance(terms, Mapping):
        raise AuthoringError(
            f"the terms of {gradient} in {op.forward} are a {type(terms).__name__}; "
            "return them by name, in a dict"
        )
    return {name: np.array(term) for name, term in terms.items()}


def _upstream(op: Op, inputs: Mapping[str, Value], out: Any, rng: np.random.Generator) -> Array:
    """A random upstream gradient in the inputs' precision: ones would hide what a normaliser does."""
    dtype = np.asarray(inputs[op.wrt[0]]).dtype
    return on_grid(rng.standard_normal(np.shape(out)), bits=BITS_OF_UPSTREAM).astype(dtype)


def _variant_tensors(
    op: Op, v: Variant, inputs: Mapping[str, Value], upstream: Array | None, cache: Any
) -> dict[str, Array]:
    """What the variant returns; nothing where it raises, since its author cannot be told apart there."""
    try:
        if v.of is op.oracle:
            return _tensors(op, v.wrong, op.gradient, inputs, upstream)
        assert upstream is not None
        values = _gradients(op, v.wrong, upstream, cache)
        return {n: np.array(g, dtype=np.float64) for n, g in zip(op.signature.gradients, values)}
    except (ArithmeticError, ValueError, IndexError):
        return {}
    except AuthoringError as error:
        raise AuthoringError(f"variant {v.id}: {error}") from error
    except Exception as error:
        raise AuthoringError(f"variant {v.id} does not run: {told(error, v.wrong)}") from error


def _cast(inputs: Mapping[str, Value], dtype: Any) -> dict[str, Value]:
    return {name: _as_float(value, dtype) for name, value in inputs.items()}


def _as_float(value: Value, dtype: Any) -> Value:
    return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _amplification(
    op: Op,
    inputs: Mapping[str, Value],
    upstream: Array | None,
    expected: Mapping[str, Array],
    rng: np.random.Generator,
) -> dict[str, float]:
    """How much one unit of rounding costs in each tensor, measured two ways.

    The oracle in float32 shows what rounding inside does, inputs moved by a float32 rounding what it does
    outside; the larger of the two, in units of the roundoff of float32.
    """
    narrow = None if upstream is None else upstream.astype(np.float32)
    trials = [_tensors(op, op.oracle, op.gradient, _cast(inputs, np.float32), narrow)]
    for _ in range(2):
        turns = {name: _turns(value, rng) for name, value in inputs.items()}
        moves = [
            {name: _shaken(value, turns[name], size) for name, value in inputs.items()}
            for size in (SINGLE, SINGLE * NEARER)
        ]
        far, near = (_tensors(op, op.oracle, op.gradient, moved, upstream) for moved in moves)
        trials.append({name: _straight(value, far[name], near[name]) for name, value in expected.items()})
    floor = dict.fromkeys(
        op.signature.gradients, 0.0 if upstream is None else float(np.max(np.abs(upstream)))
    )
    return {
        name: max(floor.get(name, 0.0), *(_distance(trial[name], value) for trial in trials))
        for name, value in expected.items()
    }


def _distance(a: Array, b: Array) -> float:
    worst = float(np.max(np.abs(a - b), initial=0.0)) / SINGLE
    return worst if np.isfinite(worst) else 0.0


def _turns(value: Value, rng: np.random.Generator) -> Array | None:
    """In which direction each number is moved; None for what is no float array."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return None
    return np.asarray(rng.choice((-1.0, 1.0), size=value.shape))


def _shaken(value: Value, turns: Array | None, size: float) -> Value:
    return value if turns is None else np.asarray(value) * (1 + size * turns)


def _straight(value: Array, far: Array, near: Array) -> Array:
    """`far`, but `value` where the oracle jumps: a step stays as high however little the inputs move.

    At a tie of scores a step says nothing of rounding, and would make any answer right.
    """
    jumps = np.abs(near - value) > np.abs(far - value) / 4
    return np.where(jumps, value, far)


def _kinked(op: Op, inputs: Mapping[str, Value], upstream: Array, rng: np.random.Generator) -> bool:
    """Whether the slope of the oracle jumps at this point, along one of several random directions.

    Along one direction a kink shows little if the direction, or upstream, is small where it is.
    """
    return any(_jumps(op, inputs, upstream, rng) for _ in range(DIRECTIONS))


def _jumps(op: Op, inputs: Mapping[str, Value], upstream: Array, rng: np.random.Generator) -> bool:
    def value(t: float) -> float:
        moved = {**inputs, **{name: np.asarray(inputs[name]) + t * u for name, u in us.items()}}
        return float(np.sum(upstream * run_oracle(op, op.oracle, moved)[0][0]))

    us = {name: direction(rng, np.asarray(inputs[name])) for name in op.wrt}
    left, right = value(0.0) - value(-KINK), value(KINK) - value(0.0)
    return abs(right - left) > 1e-3 * max(abs(left), KINK * float(np.linalg.norm(upstream)))


def _without_invisible_variants(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """Keep of each variant the tensors in which some case can tell it from the oracle."""
    visible: set[tuple[str, str]] = set()
    for case in cases:
        for id, values in case.variants.items():
            for name, value in values.items():
                if (id, name) not in visible and _differs(case, name, value):
                    visible.add((id, name))
    return tuple(_keeping(case, visible) for case in cases)


def _differs(case: Case, name: str, value: Array) -> bool:
    """Whether it is more than rounding away from what is expected."""
    comparison = compare(value, case.expected[name], case.amplification[name], DOUBLE)
    return comparison.band is not Band.ROUNDING


def _keeping(case: Case, visible: set[tuple[str, str]]) -> Case:
    kept = {
        id: {name: value for name, value in values.items() if (id, name) in visible}
        for id, values in case.variants.items()
    }
    return replace(case, variants={id: values for id, values in kept.items() if values})
