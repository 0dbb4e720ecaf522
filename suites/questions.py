"""From sealed cases to questions, and from answers to what was observed.

All questions of a submission ride in one frame; `observe` puts the answers back to their cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Union

import numpy as np

from suites.tolerance import DOUBLE, SINGLE
from suites.types import Answer, Array, Call, Case, Failure, Opaque, Ref, Reply, Student, Value

Returned = Union[Value, Opaque, Failure]


@dataclass(frozen=True)
class Observed:
    """What one submission returned for one case: tensor name to value, or to the Failure in its place."""

    case: Case
    values: Mapping[str, Returned]
    unit: Mapping[str, float] = field(default_factory=dict)  # roundoff of the arithmetic that made the tensor
    changed: tuple[str, ...] = ()  # arguments that the calls changed in place
    seconds: Mapping[str, float] = field(default_factory=dict)


def ask_cases(student: Student, cases: Sequence[Case]) -> list[Observed]:
    """Ask all questions of all cases at once; one Observed a case, in order."""
    questions = [_questions(case) for case in cases]
    answers = iter(student.ask(*(call for calls in questions for call in calls)))
    seen = [_observe(case, [next(answers) for _ in calls]) for case, calls in zip(cases, questions)]
    return _with_units(seen)


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


def _questions(case: Case) -> list[Call]:
    first = case.nudged is not None
    calls = [forward_call(case, case.inputs, echo=first)]
    if case.upstream is not None:
        calls.append(backward_call(case, case.upstream, echo=first))
    if case.nudged is not None:
        calls.append(forward_call(case, case.nudged, keep=f"{case.id}/nudged"))
        if case.upstream is not None:
            calls.append(backward_call(case, case.upstream, keep=f"{case.id}/nudged"))
    return calls


def _observe(case: Case, answers: list[Answer]) -> Observed:
    signature = case.signature
    groups = [signature.outputs] + ([signature.gradients] if case.upstream is not None else [])
    values: dict[str, Returned] = {}
    seconds: dict[str, float] = {}
    for names, answer in zip(groups, answers):
        values.update(_named(names, answer))
        seconds.update(dict.fromkeys(names, answer.seconds / len(names)))
    unit: dict[str, float] = {}
    for names, answer, nudged in zip(groups, answers, answers[len(groups) :]):
        unit.update(dict.fromkeys(names, _measured_unit(answer, nudged)))
    return Observed(case, values, unit, _changed(case, answers), seconds)


def _named(names: tuple[str, ...], answer: Answer) -> dict[str, Returned]:
    if isinstance(answer, Failure):
        return dict.fromkeys(names, answer)
    return dict(zip(names, answer.values))


def _measured_unit(answer: Answer, nudged: Answer) -> float:
    """Single precision, unless a change of 2**-36 in the inputs shows in some returned tensor."""
    if not isinstance(answer, Reply) or not isinstance(nudged, Reply):
        return DOUBLE
    for a, b in zip(answer.values, nudged.values):
        if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray) or a.shape != b.shape:
            return DOUBLE
        if a.dtype != np.float32 and a.size and np.count_nonzero(a != b) > 0.1 * a.size:
            return DOUBLE
    return SINGLE


def _with_units(seen: list[Observed]) -> list[Observed]:
    """Give every case of an operation the precision measured on its first one; float32 inputs are single."""
    measured: dict[tuple[str, str], float] = {}
    for o in seen:
        measured.update({(o.case.signature.forward, name): unit for name, unit in o.unit.items()})
    return [
        Observed(
            o.case,
            o.values,
            {
                name: SINGLE
                if _is_single(o, name)
                else measured.get((o.case.signature.forward, name), DOUBLE)
                for name in o.values
            },
            o.changed,
            o.seconds,
        )
        for o in seen
    ]


def _is_single(o: Observed, name: str) -> bool:
    value = o.values[name]
    floats = [v for v in o.case.inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
    return (isinstance(value, np.ndarray) and value.dtype == np.float32) or any(
        v.dtype == np.float32 for v in floats
    )


def _changed(case: Case, answers: list[Answer]) -> tuple[str, ...]:
    """Names of arguments that came back from a call other than they went in."""
    if case.nudged is None:
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
