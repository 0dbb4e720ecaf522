"""The unit of speed: how wrong an answer is, how many calls make a block, how deep a spacer goes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suites import AuthoringError, Op, Workload, regime
from suites.direct import Direct
from suites.types import Answer, Call, Opaque, Reply
from suites.yardstick import USUAL, Calibration, calibrate, off_by, relative_error, spacer_depth

from .chained import Whole, as_one

MS = 1_000_000


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=3)}


OP = Op(forward="double", oracle=lambda x: 2 * x, args=("x",), regimes=(numbers,))
WORK = Workload("double", OP, lambda rng, n: {"x": rng.normal(size=n)}, 4, float, "ref.py", depth=9)


@pytest.mark.parametrize(
    ("got", "want", "error"),
    [
        ([[3.0, 4.0]], [[3.0, 4.0]], 0.0),
        ([[3.0, 4.5]], [[3.0, 4.0]], 0.1),  # 0.5 of 5
        ([[3.6, 4.8]], [[3.0, 4.0]], 0.2),
        ([[-3.0, -4.0]], [[3.0, 4.0]], 2.0),
        ([[0.0] * 4], [[0.0] * 4], 0.0),
        ([[0.3, 0.4]], [[0.0, 0.0]], 0.5),  # there is nothing to be relative to
        ([[3.0, 4.5], [1.0]], [[3.0, 4.0], [2.0]], 0.5),  # the largest, wherever it is
        ([[1.0], [3.0, 4.5]], [[2.0], [3.0, 4.0]], 0.5),
        ([[1.0] * 100], [[2.0] * 100], 0.5),  # of however many entries
        ([], [], 0.0),
        ([[1.0]], [], math.inf),
        ([], [[1.0]], math.inf),
        ([[1.0, 2.0]], [[1.0]], math.inf),
        ([[1.0], [1.0, 2.0]], [[1.0], [1.0]], math.inf),
        ([[math.nan]], [[1.0]], math.inf),
        ([[math.inf]], [[1.0]], math.inf),
        ([[1.0]], [[math.inf]], math.inf),
        ([[1e200]], [[1.0]], math.inf),  # whose square is none
        ([Opaque("a module")], [[1.0]], math.inf),
    ],
)
def test_the_error_of_an_answer_is_relative_to_the_norm_of_its_tensor(
    got: Any, want: Any, error: float
) -> None:
    arrays = [np.array(each) if isinstance(each, list) else each for each in got]
    assert relative_error(arrays, [np.array(each) for each in want]) == pytest.approx(error)


@pytest.mark.parametrize(("depth", "of_spacer"), [(1, 1), (2, 1), (3, 1), (6, 2), (11, 3), (12, 4)])
def test_a_spacer_is_a_third_as_deep_and_never_nothing(depth: int, of_spacer: int) -> None:
    assert spacer_depth(replace(WORK, depth=depth)) == of_spacer


class Costly(Whole):
    """Doubles; a call costs a number of nanoseconds. `spoil` adds to what is sent."""

    def __init__(self, costs: Iterator[float], spoil: float = 0.0) -> None:
        self.costs, self.spoil, self.clock = costs, spoil, 0.0
        self.questions: list[int] = []  # calls in each

    def chain(self, *calls: Call) -> Answer:
        self.questions.append(len(calls))
        self.clock += next(self.costs)
        x = np.asarray(calls[0].args[0])
        return Reply(tuple(2.0 ** len(calls) * x + self.spoil for call in calls if call.results[0] is None))

    def cpu_ns(self) -> int:
        return round(self.clock)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        yield


def opened(costs: Iterator[float], made: list[Costly] | None = None, spoil: float = 0.0) -> Any:
    """Opens students who share the costs, and writes them down."""

    @contextmanager
    def open_() -> Iterator[Costly]:
        student = Costly(costs, spoil)
        if made is not None:
            made.append(student)
        yield student

    return open_


def steady(cost: float) -> Iterator[float]:
    while True:
        yield cost


def calibrated(reference: float, null: float = 0.0, **changes: Any) -> Calibration:
    return calibrate(
        *(WORK, opened(steady(reference)), opened(steady(null)), np.random.default_rng(0)),
        replace(USUAL, **changes),
    )


@pytest.mark.parametrize(
    ("call_ms", "calls"), [(12.0, 1), (30.0, 1), (11.9, 2), (6.0, 2), (5.0, 3), (2.0, 6)]
)
def test_a_block_is_of_as_many_calls_as_fill_its_time(call_ms: float, calls: int) -> None:
    assert calibrated(call_ms * MS, 0.04 * MS) == Calibration(call_ms * MS, 0.04 * MS, calls)


def test_a_longer_block_has_more_calls() -> None:
    assert calibrated(5.0 * MS, block_s=24e-3).calls == 5


def test_the_reference_is_timed_in_three_processes_by_the_median_of_five_calls() -> None:
    """The first call of a process does not count, nor does a spacer; an odd one changes nothing."""
    made: list[Costly] = []
    turns = [[900, 900], [1, 4], [1, 5], [1, 70], [1, 3], [1, 6]]  # milliseconds of (spacer, call)
    costs = [0.0, *(f * t * MS for f in (1.0, 1.0, 4.0) for turn in turns for t in turn)]
    found = calibrate(WORK, opened(iter(costs), made), opened(steady(0.0)), np.random.default_rng(0))
    assert found.reference_ns == pytest.approx((5 + 5 + 20) / 3 * MS)
    assert [student.questions for student in made] == [[9], *[[3, 9] * 6] * 3]


@pytest.mark.parametrize(
    ("pipes", "refused"),
    [((0.5,) * 3, False), ((0.52,) * 3, True), ((0.4, 0.5, 0.9), False), ((0.9,) * 3, True)],
)
def test_a_pipe_that_is_too_dear_is_refused_where_that_is_certain(
    pipes: tuple[float, ...], refused: bool
) -> None:
    costs = iter([pipe * MS for pipe in pipes for _ in range(12)])
    arguments = WORK, opened(steady(10.0 * MS)), opened(costs), np.random.default_rng(0)
    if refused:
        with pytest.raises(AuthoringError, match="the pipe takes"):
            calibrate(*arguments)
    else:
        found = calibrate(*arguments)
        spread = np.std([pipe * MS for pipe in pipes], ddof=1)
        assert found.pipe_ns == pytest.approx(np.mean(pipes) * MS)
        assert found.pipe_half_ns == pytest.approx(4.30 * spread / math.sqrt(3))


def test_a_reference_is_right_to_double_precision() -> None:
    rng = np.random.default_rng(0)
    assert off_by(WORK, opened(steady(0.0)), rng) == 0.0
    size = 2.0**9 * np.linalg.norm(WORK.inputs(np.random.default_rng(1))["x"])
    off = off_by(WORK, opened(steady(0.0), spoil=0.5), np.random.default_rng(1))
    assert off == pytest.approx(0.5 * math.sqrt(4) / size)
    with pytest.raises(AuthoringError, match=r"ref\.py is off by"):
        calibrate(WORK, opened(steady(9 * MS), spoil=1e-4), opened(steady(0.0)), rng)


class InProcess(Costly):
    """The functions themselves, as a process would answer them."""

    def __init__(self, **functions: Any) -> None:
        super().__init__(steady(9 * MS))
        self.student = Direct(functions)

    def chain(self, *calls: Call) -> Answer:
        return as_one(self.student.ask(*calls))


def normalised(x, eps):
    """Rows divided by their root mean square."""
    rms = np.sqrt(np.mean(x * x, axis=1, keepdims=True) + eps)
    return x / rms, (x, rms)


def of_normalised(dout, cache):
    x, rms = cache
    return dout / rms - x * np.mean(dout * x, axis=1, keepdims=True) / rms**3


def in_another_order(dout, cache):
    """The same in exact arithmetic."""
    x, rms = cache
    return (dout - x / rms * np.mean(dout * (x / rms), axis=1, keepdims=True)) / rms


def of_a_constant(dout, cache):
    return dout / cache[1]


RMS = Op(
    forward="forward",
    backward="backward",
    oracle=normalised,
    gradient=of_normalised,
    args=("x", "eps"),
    wrt=("x",),
    regimes=(numbers,),
)


@pytest.mark.parametrize(
    ("backward", "depth", "says"),
    [
        (
            in_another_order,
            4,
            r"one layer of ref\.py is right and 4 are not \(dx of layer 1 is off by .*\): what goes through",
        ),
        (of_a_constant, 4, r"ref\.py is off by .*: it is no reference"),
        (of_a_constant, 1, r"ref\.py is off by .*: it is no reference"),
    ],
)
def test_a_right_file_is_not_blamed_for_what_vanishes_on_the_way(
    backward: Any, depth: int, says: str
) -> None:
    """The gradient of what is normalised already is eps a layer, the difference of two that are alike."""
    work = Workload(
        *("rms", RMS, lambda rng, n: {"x": rng.normal(size=(n, n)), "eps": 1e-5}, 6, float, "ref.py"),
        depth=depth,
    )

    @contextmanager
    def open_() -> Iterator[InProcess]:
        yield InProcess(forward=normalised, backward=backward)

    with pytest.raises(AuthoringError, match=says):
        calibrate(work, open_, opened(steady(0.0)), np.random.default_rng(0))


def test_what_comes_back_of_a_chain_has_names() -> None:
    affine = Op(
        *("forward", normalised, ("x", "w"), (numbers,)), backward="b", gradient=of_normalised, wrt=("x", "w")
    )
    work = replace(WORK, op=affine, depth=3)
    assert work.tensors == ["dw of layer 3", "dw of layer 2", "dx of layer 1", "dw of layer 1"]
    assert WORK.tensors == ["out"]
