"""What an oracle and its variants answer: outputs, gradients and terms of one case, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from suites.assignment import AuthoringError, Op, Variant
from suites.blame import told
from suites.grid import on_grid
from suites.types import Array, Value

BITS_OF_UPSTREAM = 12  # an upstream gradient lies on multiples of 2**-12 of its scale


def cast(inputs: Mapping[str, Value], dtype: Any) -> dict[str, Value]:
    """The inputs with every float array in this type."""
    return {name: _as_float(value, dtype) for name, value in inputs.items()}


def _as_float(value: Value, dtype: Any) -> Value:
    return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


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


def tensors_of(
    op: Op,
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None,
    inputs: Mapping[str, Value],
    upstream: Array | None,
) -> dict[str, Array]:
    """The outputs, and the gradients where there is an upstream one, in float64."""
    outputs, cache = run_oracle(op, forward, inputs)
    values = dict(zip(op.outputs, outputs))
    if upstream is not None and backward is not None and cache is not None:
        values.update(zip(op.signature.gradients, gradients_of(op, backward, upstream, cache)))
    return {name: np.array(value, dtype=np.float64) for name, value in values.items()}


def gradients_of(op: Op, backward: Callable[..., Any], upstream: Array, cache: Any) -> tuple[Any, ...]:
    """What a backward returns, one gradient for each name of `wrt`. AuthoringError for another number."""
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


def terms_of(op: Op, gradient: str, upstream: Array | None, cache: Any) -> dict[str, Array]:
    """The named terms of a gradient, which sum to it. AuthoringError where there is no such gradient."""
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


def upstream_for(op: Op, inputs: Mapping[str, Value], out: Any, rng: np.random.Generator) -> Array:
    """A random upstream gradient in the inputs' precision: ones would hide what a normaliser does."""
    dtype = np.asarray(inputs[op.wrt[0]]).dtype
    return on_grid(rng.standard_normal(np.shape(out)), bits=BITS_OF_UPSTREAM).astype(dtype)


def variant_tensors(
    op: Op, v: Variant, inputs: Mapping[str, Value], upstream: Array | None, cache: Any
) -> dict[str, Array]:
    """What the variant returns; nothing where it raises, since its author cannot be told apart there."""
    try:
        if v.of is op.oracle:
            return tensors_of(op, v.wrong, op.gradient, inputs, upstream)
        assert upstream is not None
        values = gradients_of(op, v.wrong, upstream, cache)
        return {n: np.array(g, dtype=np.float64) for n, g in zip(op.signature.gradients, values)}
    except (ArithmeticError, ValueError, IndexError):
        return {}
    except AuthoringError as error:
        raise AuthoringError(f"variant {v.id}: {error}") from error
    except Exception as error:
        raise AuthoringError(f"variant {v.id} does not run: {told(error, v.wrong)}") from error
