"""One call: find the function, give it its arguments, take what it returns."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from grader import wire
from grader.worker.callbacks import Callbacks
from grader.worker.failures import CallError, failure
from grader.worker.submission import Submission


class Bounds(NamedTuple):
    """What may go back: one value, and all of a call's."""

    value: wire.Bounds
    reply: wire.Bounds

    @classmethod
    def of(cls, size: int) -> Bounds:
        return cls(replace(wire.VALUE, size=size), replace(wire.REPLY, size=size))


def answer(
    header: wire.Header,
    submission: Submission,
    call: Sequence[Any],
    kept: dict[str, Any],
    bounds: Bounds,
    callbacks: Callbacks,
) -> list[bytes | memoryview]:
    """The frame that answers a call, in parts, whatever becomes of it."""
    index, (do, asked, results, echo, state) = call
    if index == 0:
        kept.clear()
    try:
        args = [_argument(x, kept, callbacks) for x in asked]
        function = _function(do, submission, kept)
        if state is not None:
            seed(state)
        returned = function(*args)
        # Encoded at once, so that nothing can change them after the call has returned.
        values = []
        for name, value in zip(results, _unpacked(returned, len(results))):
            if name is None:
                values.append(_crossing(value, bounds.value))
            else:
                kept[name] = value
        echoed = [_crossing(args[position], bounds.value) for position in echo]
        return _reply(header, index, values, echoed, bounds.reply)
    except BaseException as error:
        for name in results:
            kept.pop(name, None)  # what an earlier call left under this name is not what was asked for
        return [wire.frame(wire.FAILED, header.seq, header.nonce, failure(index, error, submission))]
    finally:
        callbacks.close()


def seed(state: int) -> None:
    """Make what is random depend on this number alone."""
    random.seed(state)
    np.random.seed(state % (1 << 32))
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(state)


def _reply(
    header: wire.Header, index: int, values: list[Any], echoed: list[Any], bounds: wire.Bounds
) -> list[bytes | memoryview]:
    kind, seq, nonce = wire.REPLY_TO_CALL, header.seq, header.nonce
    try:
        return wire.frame_parts(kind, seq, nonce, (index, values, echoed), bounds)
    except wire.WireError as error:  # each could cross, but not all of them together
        reason = str(error)
        return [wire.frame(kind, seq, nonce, (index, [reason] * len(values), [reason] * len(echoed)))]


def _function(do: str | Sequence[str], submission: Submission, kept: Mapping[str, Any]) -> Any:
    if isinstance(do, str):
        function = getattr(submission.module, do, None)
        missing = f"there is no function {do}"
    else:
        name, method = do
        owner = _kept(name, kept)
        function = getattr(owner, method, None)
        missing = f"{type(owner).__name__} has no method {method}"
    if not callable(function):
        raise CallError("missing", missing)
    return function


def _argument(sent: Any, kept: Mapping[str, Any], callbacks: Callbacks) -> Any:
    if type(sent) is str:
        return _kept(sent, kept)
    return callbacks.function(sent) if type(sent) is int else sent[0]


def _kept(name: str, kept: Mapping[str, Any]) -> Any:
    if name not in kept:
        raise CallError("skipped", "needs what another function of yours was to leave")
    return kept[name]


def _unpacked(returned: Any, count: int) -> Sequence[Any]:
    if count <= 1:
        return (returned,) * count
    if not issubclass(type(returned), (tuple, list)):
        what = "None" if returned is None else f"one {type(returned).__name__}"
        raise CallError("error", f"returned {what}, {count} values expected")
    if len(returned) != count:
        values = "1 value" if len(returned) == 1 else f"{len(returned)} values"
        raise CallError("error", f"returned {values}, {count} expected")
    return tuple(returned)


def _crossing(value: Any, bounds: wire.Bounds) -> Any:
    """A value on its way, or the reason why it stays behind: one odd value must not cost the others."""
    try:
        return (wire.prepare(value, bounds),)
    except wire.WireError as error:
        return str(error)
