"""One run of training, with functions of this process for two sandboxes: what is asked, what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from suites.parts import AS_USUAL, Means, Program
from suites.problems import Disc, Problem
from suites.terms import Budget, Network, Terms
from suites.training_run import Allowed, Run, drawn, run
from suites.types import Answer, Call, Failure, Opaque, Reply, Verdict

ALLOWED = Allowed(cpu_s=7.0, wall_s=30.0)
OPEN = Terms(
    Disc(train=50, test=2300), budget=Budget(predict_s=2.5, numbers=100)
)  # three questions of labels
CLOSED = replace(OPEN, network=Network((2, 3, 2), steps=11))
REFERENCE = Program({"reference.py": ""}, "reference.py")


class Process:
    """Answers by functions of this process; it has used a quarter of a second a call of CPU time."""

    def __init__(self, functions: dict[str, Callable[..., Any]], asked: list[Call]) -> None:
        self.functions, self.asked, self.used = functions, asked, 0

    def ask(self, *calls: Call) -> list[Answer]:
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Answer:
        self.asked.append(call)
        self.used += 250_000_000
        value = self.functions[str(call.do)](*call.args)
        return value if isinstance(value, Failure) else Reply((value,))

    def cpu_ns(self) -> int:
        return self.used

    @contextmanager
    def frozen(self) -> Iterator[None]:
        yield


class Gone(Process):
    """A process of which nobody can read the CPU time."""

    def cpu_ns(self) -> int:
        raise ProcessLookupError


@dataclass(frozen=True)
class Opening:
    """A sandbox that was opened: for what it may use, and for whom."""

    means: Means
    program: Program | None


class Room:
    """A sitting that writes down what is opened and asked."""

    jobs, official = 1, True

    def __init__(self, kind: type[Process] = Process, **functions: Callable[..., Any]) -> None:
        self.kind, self.functions = kind, functions
        self.opened: list[Opening] = []
        self.asked: list[Call] = []

    def usual(self) -> Any:
        raise AssertionError("training has sandboxes of its own")

    @contextmanager
    def open(self, means: Means = AS_USUAL, program: Program | None = None) -> Iterator[Process]:
        self.opened.append(Opening(means, program))
        yield self.kind(self.functions, self.asked)


def right_but_for(problem: Problem, wrong: int) -> Callable[..., Any]:
    """A predict that errs on so many of the test inputs, the last ones."""
    known = {x.tobytes(): int(y) for x, y in zip(problem.X_test, problem.y_test, strict=True)}
    off = {x.tobytes() for x in problem.X_test[len(problem.X_test) - wrong :]}
    return lambda params, X: [known[x.tobytes()] ^ (x.tobytes() in off) for x in X]


def one_run(room: Room, terms: Terms = OPEN, seed: int = 5, program: Program | None = None) -> Run:
    return run(terms, room, seed, ALLOWED, program)


@pytest.mark.parametrize(("wrong", "accuracy"), [(0, 100.0), (23, 99.0), (1150, 50.0), (2300, 0.0)])
def test_an_accuracy_is_the_share_of_right_labels_in_percent(wrong: int, accuracy: float) -> None:
    predict = right_but_for(drawn(OPEN.source, 5), wrong)
    room = Room(fit=lambda X, y, seed: [1.0, np.zeros(3)], predict=predict)
    assert one_run(room) == Run(pytest.approx(accuracy), 0.25, numbers=4)


def test_labels_may_be_columns_or_numbers_of_any_kind() -> None:
    predict = right_but_for(drawn(OPEN.source, 5), 230)
    room = Room(fit=lambda *given: 0, predict=lambda params, X: np.array([predict(params, X)], float).T)
    assert one_run(room).accuracy == pytest.approx(90.0)


def test_what_is_learnt_goes_to_another_sandbox_in_chunks() -> None:
    problem = drawn(OPEN.source, 5)
    room = Room(fit=lambda X, y, seed: "learnt", predict=lambda params, X: np.zeros(len(X)))
    one_run(room, program=REFERENCE)
    assert room.opened == [
        Opening(Means(question_s=30.0, total_s=30.0, cpu_s=7.0), REFERENCE),
        Opening(Means(question_s=30.0, total_s=30.0, cpu_s=2.5), REFERENCE),
    ]
    fit, *predicts = room.asked
    X, y, told = fit.args
    assert np.array_equal(X, problem.X)
    assert np.array_equal(y, problem.y)
    assert (fit.do, told, fit.seed) == ("fit", 5, 5)
    assert [(call.do, call.args[0], call.seed) for call in predicts] == [("predict", "learnt", 0)] * 3
    assert [len(call.args[1]) for call in predicts] == [1000, 1000, 300]  # type: ignore[arg-type]
    asked = np.concatenate([call.args[1] for call in predicts])  # type: ignore[misc]
    assert np.array_equal(asked, problem.X_test)


def test_a_problem_is_drawn_from_more_than_is_told() -> None:
    """Nobody can draw it who knows the seed of its fit."""
    for seed, told in (((1 << 40) + 9, 9), ((1 << 31) - 1, (1 << 31) - 1), ((1 << 31) + (1 << 30), 1 << 30)):
        room = Room(fit=lambda *given: 0, predict=lambda params, X: np.zeros(len(X)))
        one_run(room, seed=seed)
        assert (room.asked[0].args[-1], room.asked[0].seed) == (told, told)
    assert not np.array_equal(drawn(OPEN.source, (1 << 40) + 9).X, drawn(OPEN.source, 9).X)


def test_problems_of_a_seed_are_those_that_were_calibrated() -> None:
    expected = OPEN.source.draw(np.random.default_rng([6, 0]))
    assert np.array_equal(drawn(OPEN.source, 6).X, expected.X)
    assert drawn(OPEN.source, 6) is drawn(OPEN.source, 6)  # kept for the next submission


def test_a_second_is_always_given() -> None:
    room = Room(fit=lambda *given: None, predict=lambda params, X: np.zeros(len(X)))
    run(OPEN, room, 5, Allowed(0.01, 30.0))
    assert room.opened[0].means.cpu_s == 1.0


def test_nobody_can_read_the_time_of_who_has_ended() -> None:
    room = Room(Gone, fit=lambda *given: None, predict=lambda params, X: np.zeros(len(X)))
    found = one_run(room)
    assert found.cpu_s is None
    assert found.accuracy is not None


# --------------------------------------------------------------------------- the closed division


def test_a_fixed_network_is_given_its_weights_and_predicts_by_itself() -> None:
    """Its scores are |x_1| and -|x_2|, so it says 0 everywhere; with the signs turned it says 1."""
    assert CLOSED.network is not None
    problem, initial = drawn(CLOSED.source, 5), CLOSED.network.initial(5)
    first = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
    last = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, -1.0]])
    for sign, says in ((1, 0), (-1, 1)):
        room = Room(fit=lambda *given, sign=sign: [first, np.zeros(3), sign * last, np.zeros(2)])
        found = one_run(room, CLOSED)
        assert found == Run(pytest.approx(100 * np.mean(problem.y_test == says)), 0.25, numbers=17)
    (call,) = room.asked
    weights, steps, told = call.args[2:]
    assert all(np.array_equal(got, want) for got, want in zip(weights, initial, strict=True))  # type: ignore[arg-type]
    assert (steps, told) == (11, 5)
    assert len(room.opened) == 1


def test_each_input_has_the_label_of_its_own_largest_score() -> None:
    """A network that says on which side of the middle a point lies."""
    first = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 0.0]])
    last = np.array([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.0]])
    problem = drawn(CLOSED.source, 5)
    expected = 100 * np.mean(problem.y_test == (problem.X_test[:, 0] < 0))
    room = Room(fit=lambda *given: [first, np.zeros(3), last, np.zeros(2)])
    assert one_run(room, CLOSED).accuracy == pytest.approx(expected)


# --------------------------------------------------------------------------- what is no run

ENDED = Failure(Verdict.CRASH, "ended itself")
NONE = "predict did not return a label for each input"
NO_LABELS = Failure(Verdict.FAIL, NONE)
SCORES = Failure(
    Verdict.FAIL, f"{NONE}, but several numbers: the label is the place of the largest score (argmax)"
)
NO_NUMBERS = Failure(Verdict.FAIL, f"{NONE}, but something that is no number")


@pytest.mark.parametrize(
    ("fit", "failure", "numbers"),
    [
        (ENDED, ENDED, 0),
        (np.zeros(101), Failure(Verdict.FAIL, "its parameters hold 101 numbers, 100 may be"), 101),
        ([np.nan, 1.0], Failure(Verdict.FAIL, "diverged: its parameters are not finite"), 2),
    ],
)
def test_what_is_not_learnt_is_not_asked_for_labels(fit: Any, failure: Failure, numbers: int) -> None:
    room = Room(fit=lambda *given: fit)
    assert one_run(room) == Run(None, 0.25, numbers, failure)
    assert len(room.opened) == 1


def opaque(params: Any, X: Any) -> Any:
    return Opaque("a module")


@pytest.mark.parametrize(
    ("predict", "failure"),
    [
        (lambda params, X: ENDED, ENDED),
        (lambda params, X: ENDED if len(X) == 300 else np.zeros(len(X)), ENDED),
        (lambda params, X: np.zeros(len(X) - 1), NO_LABELS),
        (lambda params, X: np.zeros((len(X), 2)), SCORES),
        (lambda params, X: 1, NO_LABELS),
        (lambda params, X: ["a"] * len(X), NO_NUMBERS),
        (opaque, NO_NUMBERS),
    ],
)
def test_labels_that_are_none_are_a_failure_of_the_run(predict: Callable[..., Any], failure: Failure) -> None:
    room = Room(fit=lambda *given: [1.0, 2.0], predict=predict)
    assert one_run(room) == Run(None, 0.25, 2, failure)
