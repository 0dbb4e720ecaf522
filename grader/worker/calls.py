"""One call: find the function, give it its arguments, take what it returns."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from grader import wire
from grader.worker import device
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
    request: Sequence[Any],
    kept: dict[str, Any],
    bounds: Bounds,
    callbacks: Callbacks,
) -> list[bytes | memoryview]:
    """The frame that answers a question, in parts, whatever becomes of it."""
    index, (text, sent) = request
    calls = json.loads(text)
    if index == 0:
        kept.clear()
    began = device.begin()
    try:
        values: list[Any] = []
        echoed: list[Any] = []
        for call in calls:
            args = [_argument(arg, sent, kept, callbacks) for arg in call[1]]
            values += _made(call, args, submission, kept, bounds.value)
            echoed += [_crossing(args[position], bounds.value) for position in call[3]]
        return _reply(header, (index, values, echoed), device.end(began), bounds.reply)
    except BaseException as error:
        device.end(began)  # for the wait: what failed must not run on, either
        for _, _, results, _, _ in calls:
            for place in results:  # what an earlier call left there is not what was asked for
                kept.pop(place[0] if type(place) is list else place, None)
        return [wire.frame(wire.FAILED, header.seq, header.nonce, failure(index, error, submission))]
    finally:
        callbacks.close()


def _made(
    call: Sequence[Any],
    args: Sequence[Any],
    submission: Submission,
    kept: dict[str, Any],
    bounds: wire.Bounds,
) -> list[Any]:
    """Make one call: what goes back of what it returns; what stays is kept."""
    do, _, results, _, state = call
    function = _function(do, submission, kept)
    if state is not None:
        seed(state)
    returned = function(*args)
    # Encoded at once, so that nothing can change them after the call has returned.
    values = []
    for place, value in zip(results, _unpacked(returned, len(results))):
        if place is None:
            values.append(_crossing(value, bounds))
        elif type(place) is list:
            name, method = place
            kept[name] = _method(value, method)()
        else:
            kept[place] = value
    return values


def seed(state: int) -> None:
    """Make what is random depend on this number alone."""
    random.seed(state)
    np.random.seed(state % (1 << 32))
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(state)


def _reply(
    header: wire.Header, said: tuple[int, list[Any], list[Any]], device_us: int, bounds: wire.Bounds
) -> list[bytes | memoryview]:
    kind, seq, nonce = wire.REPLY_TO_CALL, header.seq, header.nonce
    took = (device_us,) if device_us else ()
    try:
        return wire.frame_parts(kind, seq, nonce, (*said, *took), bounds)
    except wire.WireError as error:  # each could cross, but not all of them together
        reason = str(error)
        index, values, echoed = said
        refused = index, [reason] * len(values), [reason] * len(echoed)
        return [wire.frame(kind, seq, nonce, (*refused, *took))]


def _function(do: str | Sequence[str], submission: Submission, kept: Mapping[str, Any]) -> Any:
    if not isinstance(do, str):
        name, method = do
        return _method(_kept(name, kept), method)
    function = getattr(submission.module, do, None)
    if not callable(function):
        raise CallError("missing", f"there is no function {do}{_instead(do, submission)}")
    return function


def _instead(do: str, submission: Submission) -> str:
    """Where a function of this name stands that cannot be called as one: it is a method."""
    for name, value in vars(submission.module).items() if submission.module else ():
        if isinstance(value, type) and do in vars(value):
            return f" outside the class {name}"
    return ""


def _method(owner: Any, name: str) -> Any:
    method = getattr(owner, name, None)
    if not callable(method):
        raise CallError("missing", f"{type(owner).__name__} has no method {name}")
    return method


def _argument(arg: Any, sent: Sequence[Any], kept: Mapping[str, Any], callbacks: Callbacks) -> Any:
    """What an argument stands for: a name what is kept, a place a value, a list a function of ours."""
    if type(arg) is str:  # not isinstance: a submission may have put anything there
        return _kept(arg, kept)
    if type(arg) is list:
        return callbacks.function(arg[0])
    return sent[arg] if arg >= 0 else sent[~arg].copy(order="K")  # a later call takes it, too


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
