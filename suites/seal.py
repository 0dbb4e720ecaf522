"""Sealing: the half of a check that needs the oracle. It turns an operation into cases of plain numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from suites.answers import cast, run_oracle, tensors_of, terms_of, upstream_for, variant_tensors
from suites.assignment import AuthoringError, Domain, Op, Regime, Variant
from suites.blame import blamed
from suites.conditioning import amplification_of, is_kinked
from suites.consistency import arrays, refuse_changes, refuse_shapes, refuse_unaskable
from suites.grid import on_grid
from suites.statistics import random_case
from suites.tolerance import DOUBLE, Band, compare
from suites.types import Array, Case, Value

Stream = Callable[[str], np.random.Generator]


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
    wide, given = cast(inputs, np.float64), arrays(inputs)
    outputs, cache = run_oracle(op, op.oracle, wide)
    if op.backward and cache is None:
        raise AuthoringError(
            f"{op.forward}: the oracle's cache is None, which says that it has no gradients; "
            "return anything else, even if the backward needs nothing of it"
        )
    upstream = upstream_for(op, inputs, outputs[0], rng) if op.backward else None
    wide_upstream = None if upstream is None else upstream.astype(np.float64)
    expected = tensors_of(op, op.oracle, op.gradient, wide, wide_upstream)
    refuse_changes(op, regime, given, wide)
    refuse_changes(op, regime, arrays({"dout": upstream}), {"dout": wide_upstream})
    refuse_shapes(op, regime, inputs, expected)
    terms = {name: terms_of(op, name, wide_upstream, cache) for name in op.terms}
    amplification = amplification_of(op, wide, wide_upstream, expected, rng)
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
            v.id: found for v in variants if (found := variant_tensors(op, v, wide, wide_upstream, cache))
        },
        terms=terms,
        kinked=upstream is not None and is_kinked(op, wide, upstream, rng),
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
