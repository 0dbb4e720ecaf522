"""Students who know the shapes and nothing else: what they earn, anybody would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

import numpy as np

from suites.assignment import Assignment, Op
from suites.direct import Direct, asked
from suites.types import Array


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
