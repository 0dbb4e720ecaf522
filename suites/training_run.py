"""One run of a training part: a sandbox trains, another predicts, an accuracy or a failure comes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference import deep_mlp
from suites.parts import Means, Program, Sitting, Timed
from suites.problems import Problem, Source
from suites.terms import Terms
from suites.types import Call, Failure, Opaque, Value, Verdict

CHUNK = 1000  # test inputs a question


@dataclass(frozen=True)
class Run:
    """What came of one seed: an accuracy in percent, or a failure. `numbers` are in its parameters."""

    accuracy: float | None
    cpu_s: float | None = None  # of training, from the start of its process; None where nobody can read it
    numbers: int = 0
    failure: Failure | None = None


@dataclass(frozen=True)
class Allowed:
    """When training is ended: CPU time and wall time, the latter for who only waits."""

    cpu_s: float
    wall_s: float


def run(terms: Terms, sitting: Sitting, seed: int, allowed: Allowed, program: Program | None = None) -> Run:
    """Train with one seed, and predict in another sandbox. A program may stand in for the submission."""
    problem = drawn(terms.source, seed)
    wall = allowed.wall_s
    with sitting.open(
        Means(question_s=wall, total_s=wall, cpu_s=max(1.0, allowed.cpu_s)), program
    ) as student:
        answer = student.ask(_fit(terms, problem, seed))[0]
        used = _cpu_s(student)
    if isinstance(answer, Failure):
        return Run(None, used, failure=answer)
    params = answer.values[0]
    numbers = sum(leaf.size for leaf in _leaves(params))
    why = _unfit(terms, params, numbers)
    if why:
        return Run(None, used, numbers, Failure(Verdict.FAIL, why))
    labels = _labels(terms, sitting, params, problem.X_test, allowed.wall_s, program)
    if isinstance(labels, Failure):
        return Run(None, used, numbers, labels)
    return Run(float(100 * np.mean(labels == problem.y_test)), used, numbers)


def _fit(terms: Terms, problem: Problem, seed: int) -> Call:
    told = seed % (1 << 31)  # the problem is drawn from more than is told
    args: tuple[Value, ...] = (problem.X, problem.y)
    if terms.network is not None:
        weights: list[Value] = [*terms.network.initial(seed)]
        args = (*args, weights, terms.network.steps)
    return Call(terms.fit, (*args, told), seed=told)


def _cpu_s(student: Timed) -> float | None:
    try:
        return student.cpu_ns() / 1e9
    except OSError:
        return None


def _unfit(terms: Terms, params: Value | Opaque, numbers: int) -> str:
    """Why parameters are of no use; nothing where they are."""
    if isinstance(params, Opaque):
        return f"{terms.fit} returned something that is neither arrays nor numbers"
    if not all(np.all(np.isfinite(leaf)) for leaf in _leaves(params)):
        return "diverged: its parameters are not finite"
    if terms.network is None:
        most = terms.budget.numbers
        return f"its parameters hold {numbers:,} numbers, {most:,} may be" if numbers > most else ""
    if not isinstance(params, (list, tuple)) or [_array(p).shape for p in params] != terms.network.shapes:
        return f"{terms.fit} did not return weights of the shapes that it was given"
    return ""


def _labels(
    terms: Terms, sitting: Sitting, params: Any, X: NDArray[Any], wall: float, program: Program | None
) -> NDArray[Any] | Failure:
    """Labels (N,) of the test inputs: by the grader itself where the network is fixed."""
    chunks = [X[i : i + CHUNK] for i in range(0, len(X), CHUNK)]
    if terms.network is not None:
        weights = [np.asarray(each, np.float64) for each in params]
        with np.errstate(all="ignore"):
            scores = np.concatenate([deep_mlp.forward(x, weights)[0] for x in chunks])
        return np.asarray(scores.argmax(axis=1))
    means = Means(question_s=wall, total_s=wall, cpu_s=terms.budget.predict_s)
    with sitting.open(means, program) as student:
        answers = student.ask(*(Call(terms.predict, (params, x), seed=0) for x in chunks))
    labels = []
    for x, answer in zip(chunks, answers):
        if isinstance(answer, Failure):
            return answer
        found = _array(answer.values[0])
        if found.size != len(x) or found.dtype.kind not in "biuf":
            return Failure(Verdict.FAIL, f"{terms.predict} did not return a label for each input")
        labels.append(found.reshape(-1))
    return np.concatenate(labels)


def _array(value: Any) -> NDArray[Any]:
    if isinstance(value, (np.ndarray, list, tuple, int, float)):
        try:
            return np.asarray(value)
        except ValueError:  # ragged
            return np.empty(0)
    return np.empty(0)


def _leaves(value: Any) -> Iterator[NDArray[Any]]:
    """Every array and number in it, as an array."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, (np.ndarray, int, float, complex)):
        yield np.asarray(value)


_drawing = threading.Lock()


def drawn(source: Source, seed: int) -> Problem:
    """The problem of a seed, kept for the next submission; one is drawn at a time."""
    with _drawing:
        kept: Any = source  # hashable where it is sealed: a frozen dataclass of plain values
        return _drawn(kept, seed)


@lru_cache(maxsize=8)  # the runs of one submission: the next one finds them
def _drawn(source: Source, seed: int) -> Problem:
    return source.draw(np.random.default_rng([seed, 0]))
