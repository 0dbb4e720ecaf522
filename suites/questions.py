"""From sealed cases to questions, and from answers to what was observed.

All questions of a submission ride in one frame; `observe` puts the answers back to their cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Union

import numpy as np

from suites.tolerance import DOUBLE, SINGLE, Band, Comparison, as_array, compare
from suites.types import (
    Answer,
    Array,
    Call,
    Case,
    Chance,
    Failure,
    Opaque,
    Ref,
    Reply,
    Signature,
    Student,
    Value,
    is_single,
)

Returned = Union[Value, Opaque, Failure]
Stacked = Union[Array, Comparison, Failure]


@dataclass(frozen=True)
class Observed:
    """What one submission returned for one case: tensor name to value, or to the Failure in its place."""

    case: Case
    values: Mapping[str, Returned]
    changed: tuple[str, ...] = ()  # arguments that the calls changed in place
    seconds: Mapping[str, float] = field(default_factory=dict)
    draws: Mapping[str, Sequence[Returned]] = field(default_factory=dict)  # of a random function: all calls
    _looked: dict[str, Comparison] = field(default_factory=dict, init=False, repr=False, compare=False)
    _stacked: dict[str, Stacked] = field(default_factory=dict, init=False, repr=False, compare=False)

    def looked(self, tensor: str) -> Comparison:
        """The comparison of a tensor that came back with what was expected of it; made once."""
        found = self._looked.get(tensor)
        if found is None:
            value, case = self.values.get(tensor), self.case
            assert not isinstance(value, Failure)
            found = compare(value, case.expected[tensor], case.amplification[tensor], self.unit(tensor))
            self._looked[tensor] = found
        return found

    def stacked(self, tensor: str) -> Stacked:
        """All draws of a tensor of a random function as one array, or why there is none; made once."""
        if tensor not in self._stacked:
            self._stacked[tensor] = _stacked(self.draws[tensor], self.case.expected[tensor].shape)
        return self._stacked[tensor]

    def right(self, tensor: str) -> bool:
        """Whether the tensor came back, right up to rounding."""
        return not isinstance(self.values.get(tensor), Failure) and (
            self.looked(tensor).band is Band.ROUNDING
        )

    def unit(self, tensor: str) -> float:
        """The roundoff to expect in a tensor: single precision if it or any input is float32."""
        return SINGLE if self.case.single or is_single(self.values.get(tensor)) else DOUBLE


def _stacked(draws: Sequence[Returned], shape: tuple[int, ...]) -> Stacked:
    arrays = []
    for value in draws:
        if isinstance(value, Failure):
            return value
        got, cause, _ = as_array(value, shape)
        if got is None:
            return Comparison(Band.OFF, cause)
        arrays.append(got)
    return np.array(arrays)


def signature_of(seen: Sequence[Observed]) -> Signature:
    """What was asked: all cases are of one operation."""
    return seen[0].case.signature


def ask_cases(
    student: Student, cases: Sequence[Case], questions: Sequence[Sequence[Call]] = ()
) -> list[Observed]:
    """Ask all questions of all cases at once; one Observed a case, in order.

    `questions` are those of the cases, if they have been drawn up already: a class is asked the same.
    """
    questions = questions or [questions_of(case) for case in cases]
    answers = iter(student.ask(*(call for calls in questions for call in calls)))
    return [_observe(case, [next(answers) for _ in calls]) for case, calls in zip(cases, questions)]


def forward_call(case: Case, inputs: Mapping[str, Value], keep: str = "", echo: bool = False) -> Call:
    """Ask the forward function; its cache, where there is one, stays under the name `keep`."""
    signature = case.signature
    args = tuple(inputs[name] for name in signature.args)
    results: tuple[Ref | None, ...] = (None,) * len(signature.outputs)
    if signature.backward:
        results = (*results, Ref(keep or f"{case.id}/cache"))
    arrays = tuple(i for i, value in enumerate(args) if isinstance(value, np.ndarray))
    return Call(signature.forward, args, results, echo=arrays if echo else ())


def backward_call(case: Case, upstream: Array, keep: str = "", echo: bool = False) -> Call:
    """Ask the backward function for the gradients, given what the forward kept under `keep`."""
    signature = case.signature
    assert signature.backward is not None
    args = (upstream, Ref(keep or f"{case.id}/cache"))
    return Call(signature.backward, args, (None,) * len(signature.wrt), echo=(0,) if echo else ())


def questions_of(case: Case) -> list[Call]:
    """The calls of one case, in order."""
    if case.chance is not None:
        return _random_questions(case, case.chance)
    calls = [forward_call(case, case.inputs, echo=case.echo)]
    if case.upstream is not None:
        calls.append(backward_call(case, case.upstream, echo=case.echo))
    return calls


def _random_questions(case: Case, chance: Chance) -> list[Call]:
    """The forward once a seed; the first few each with its backward, which finds the state as it was left."""
    calls: list[Call] = []
    for i, seed in enumerate(chance.seeds):
        keep = f"{case.id}/cache/{i}" if i < chance.backwards else ""
        calls.append(replace(forward_call(case, case.inputs, keep, case.echo and i == 0), seed=seed))
        if keep and case.upstream is not None:
            calls.append(backward_call(case, case.upstream, keep, case.echo and i == 0))
    return calls


def _observe_draws(case: Case, chance: Chance, answers: list[Answer]) -> Observed:
    """All draws of each tensor, and the first as the value; the time is that of all calls."""
    pairs = chance.backwards if case.upstream is not None else 0
    forwards = [*answers[: 2 * pairs : 2], *answers[2 * pairs :]]
    draws: dict[str, list[Returned]] = {}
    seconds: dict[str, float] = {}
    sides = ((case.signature.outputs, forwards), (case.signature.gradients, answers[1 : 2 * pairs : 2]))
    for names, side in sides:
        for answer in side:
            for name, value in _named(names, answer).items():
                draws.setdefault(name, []).append(value)
                seconds[name] = seconds.get(name, 0.0) + answer.seconds / len(names)
    first = {name: values[0] for name, values in draws.items()}
    return Observed(case, first, _changed(case, answers), seconds, draws)


def _observe(case: Case, answers: list[Answer]) -> Observed:
    if case.chance is not None:
        return _observe_draws(case, case.chance, answers)
    values: dict[str, Returned] = {}
    seconds: dict[str, float] = {}
    for names, answer in zip((case.signature.outputs, case.signature.gradients), answers):
        values.update(_named(names, answer))
        seconds.update(dict.fromkeys(names, answer.seconds / len(names)))
    return Observed(case, values, _changed(case, answers), seconds)


def _named(names: tuple[str, ...], answer: Answer) -> dict[str, Returned]:
    if isinstance(answer, Failure):
        return dict.fromkeys(names, answer)
    return dict(zip(names, answer.values))


def _changed(case: Case, answers: list[Answer]) -> tuple[str, ...]:
    """Names of arguments that came back from a call other than they went in."""
    if not case.echo:
        return ()
    forward = {name: value for name, value in case.inputs.items() if isinstance(value, np.ndarray)}
    backward = {} if case.upstream is None else {"dout": case.upstream}
    changed: list[str] = []
    for sent, answer in zip((forward, backward), answers):
        if isinstance(answer, Reply):
            changed += [
                name
                for (name, value), back in zip(sent.items(), answer.echoed)
                if not (isinstance(back, np.ndarray) and np.array_equal(value, back, equal_nan=True))
            ]
    return tuple(changed)
