"""Students who are functions of this process, made from a declaration: the oracles, a variant among them.

Nothing here runs in a sandbox: these are trusted, and mutants of what is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

import numpy as np

from suites.assignment import Op, Variant
from suites.types import Answer, Call, Failure, Opaque, Ref, Reply, Verdict

Functions = Mapping[str, Callable[..., Any]]


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
