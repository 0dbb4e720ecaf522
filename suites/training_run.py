"""One run of a training part: a sandbox trains, another predicts, an accuracy or a failure comes of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference import deep_mlp
from suites.parameters import numbers_in, real, unfit
from suites.parts import Means, Program, Sitting, Timed
from suites.problems import Problem, Source
from suites.terms import Terms
from suites.types import Call, Failure, Value, Verdict

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
        (answer,) = student.ask(_fit(terms, problem, seed))
        used = _cpu_s(student)
    if isinstance(answer, Failure):
        return Run(None, used, failure=answer)
    (params,) = answer.values
    numbers = numbers_in(params)
    why = unfit(terms, params)
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
        (returned,) = answer.values
        found = real(returned)
        if found is None or found.size != len(x):
            return Failure(Verdict.FAIL, _no_labels(terms.predict, found, len(x)))
        labels.append(found.reshape(-1))
    return np.concatenate(labels)


def _no_labels(predict: str, found: NDArray[Any] | None, count: int) -> str:
    """What is wrong with labels, without a number of theirs: it may hold a hidden input."""
    said = f"{predict} did not return a label for each input"
    if found is None:
        return f"{said}, but something that is no number"
    if found.ndim > 1 and len(found) == count and found.size > count:
        return f"{said}, but several numbers: the label is the place of the largest score (argmax)"
    return said


_drawing = threading.Lock()


def drawn(source: Source, seed: int) -> Problem:
    """The problem of a seed, kept for the next submission; one is drawn at a time."""
    with _drawing:
        kept: Any = source  # hashable where it is sealed: a frozen dataclass of plain values
        return _drawn(kept, seed)


@lru_cache(maxsize=8)  # the runs of one submission: the next one finds them
def _drawn(source: Source, seed: int) -> Problem:
    return source.draw(np.random.default_rng([seed, 0]))
