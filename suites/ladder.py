"""The derivative of a student's own forward along a direction, with an error bar that it earns itself.

    D(h) = <v, f(x + h u) - f(x - h u)> / 2h          central differences at h, h/2, h/4
    R    = Richardson's extrapolation of the three     its spread is the error bar
    jump = change of slope at the point, extrapolated to h = 0: a kink

x, u and v lie on a dyadic grid and h is a power of two, so x + h u is exact, in float32 too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from suites.grid import direction
from suites.questions import backward_call, forward_call
from suites.tolerance import as_array
from suites.types import Answer, Array, Case, Failure, Ref, Student, Value, is_single

Directions = Mapping[str, Array]


@dataclass(frozen=True)
class Arithmetic:
    """What a precision allows: steps relative to the tensor's scale, thresholds relative to the gradient."""

    unit: float
    step: float  # the largest of the ladder
    accept: float  # agreement that certifies
    reject: float  # disagreement that convicts
    other_scales: tuple[float, ...]  # factors on the step, tried where the first meets a kink or noise
    second_scale: float  # a conviction must hold at this step too


DOUBLE_ARITHMETIC = Arithmetic(2.0**-53, 2.0**-14, 1e-8, 1e-4, (1.0, 2.0**-8, 2.0**4), 2.0**-6)
SINGLE_ARITHMETIC = Arithmetic(2.0**-24, 2.0**-5, 2e-4, 2e-2, (1.0, 2.0**-4, 2.0**2), 2.0**-3)


NUDGE = 2.0**-36  # float64 code notices a relative change of this size, float32 code cannot
NOTICED = 2.0**-10  # and this one code of either kind


class NoAnswerError(Exception):
    """The student's function failed at a point of the ladder."""


@dataclass(frozen=True)
class Point:
    """A point x of a layer with an upstream gradient v: where the student is asked."""

    student: Student
    case: Case
    inputs: Mapping[str, Value]
    upstream: Array
    arithmetic: Arithmetic

    def outputs(self, steps: Sequence[tuple[Directions, float]]) -> list[Array]:
        """f(x + t u) for each (u, t), all asked in one frame."""
        shape = self.upstream.shape
        calls = [forward_call(self.case, self._moved(u, t)) for u, t in steps]
        return [_array(answer, 0, shape) for answer in self.student.ask(*calls)]

    def gradients(self) -> tuple[Array, dict[str, Array]]:
        """f(x) and the student's gradient of <v, f> for each differentiated argument."""
        first, second = self.student.ask(
            forward_call(self.case, self.inputs), backward_call(self.case, self.upstream)
        )
        return _array(first, 0, self.upstream.shape), self._gradients(second)

    def gradients_beside(self, u: Directions, t: float) -> tuple[dict[str, Array], Array, Array]:
        """The gradients at x with f(x + t u) and f(x - t u), in one frame; f(x) itself stays where it is."""
        forward = forward_call(self.case, self.inputs)
        kept = tuple(ref or Ref(f"{self.case.id}/{i}") for i, ref in enumerate(forward.results))
        first, second, plus, minus = self.student.ask(
            replace(forward, results=kept),
            backward_call(self.case, self.upstream),
            *(forward_call(self.case, self._moved(u, s * t)) for s in (1.0, -1.0)),
        )
        if isinstance(first, Failure):
            raise NoAnswerError(first.cause)
        shape = self.upstream.shape
        return self._gradients(second), _array(plus, 0, shape), _array(minus, 0, shape)

    def _gradients(self, answer: Answer) -> dict[str, Array]:
        wrt = self.case.signature.wrt
        shapes = [np.shape(self.inputs[name]) for name in wrt]  # type: ignore[arg-type]
        return {name: _array(answer, i, shape) for i, (name, shape) in enumerate(zip(wrt, shapes))}

    @property
    def narrow(self) -> bool:
        """Whether a differentiated argument is float32: then no step may be finer than that resolves."""
        return any(is_single(self.inputs[name]) for name in self.case.signature.wrt)

    def at(self, inputs: Mapping[str, Value]) -> Point:
        """The same question elsewhere."""
        return replace(self, inputs=inputs)

    def _moved(self, u: Directions, t: float) -> dict[str, Value]:
        moved = dict(self.inputs)
        for name, d in u.items():
            x = moved[name]
            assert isinstance(x, np.ndarray)
            moved[name] = (x + t * d).astype(x.dtype)
        return moved


def _array(answer: Answer, position: int, shape: tuple[int, ...]) -> Array:
    if isinstance(answer, Failure):
        raise NoAnswerError(answer.cause)
    got, cause, _ = as_array(answer.values[position], shape)
    if got is None:
        raise NoAnswerError(cause)
    return got


@dataclass(frozen=True)
class Slope:
    """A derivative along one direction: its value, error bar, the jump of the slope and rounding's share."""

    value: float
    error: float
    jump: float
    rounding: float
    left: float  # one-sided derivatives: where the slope jumps, any value between them is right
    right: float


def measured(point: Point, rng: np.random.Generator) -> Point:
    """The same point with the arithmetic that the student's forward shows: measured, not declared."""
    us = {name: direction(rng, np.asarray(point.inputs[name])) for name in point.case.signature.wrt}
    here, near, far = point.outputs([(us, 0.0), (us, NUDGE), (us, NOTICED)])
    moved, noticed = here != far, here != near
    if point.narrow or np.count_nonzero(noticed) <= 0.5 * np.count_nonzero(moved):
        return replace(point, arithmetic=SINGLE_ARITHMETIC)
    return point


def noise(point: Point, out: Array) -> float:
    """The rounding error to expect in <v, f>."""
    return 4 * point.arithmetic.unit * max(float(np.linalg.norm(point.upstream * out)), 1e-300)


def central(point: Point, u: Directions, h: float) -> float:
    """One central difference: two forwards."""
    plus, minus = point.outputs([(u, h), (u, -h)])
    return _project(point.upstream, plus - minus) / (2 * h)


def climb(point: Point, out: Array, u: Directions, h: float, *, alone: bool = False) -> Slope:
    """Richardson's ladder on h, h/2, h/4: six forwards in one frame.

    The asymptotic error estimate is trusted only where the differences fall like h**2; where they are noise
    or many small kinks, the error bar is their spread. Where u moves one entry `alone`, what does not answer
    to it adds nothing to a difference, and so no rounding either.
    """
    steps = (h, h / 2, h / 4)
    found = point.outputs([(u, s * t) for t in steps for s in (1.0, -1.0)])
    v = point.upstream
    d, jumps = [], []
    for t, plus, minus in zip(steps, found[::2], found[1::2]):
        d.append(_project(v, plus - minus) / (2 * t))
        jumps.append(_project(v, (plus - out) - (out - minus)) / t)
    r0, r1 = (4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3
    coarse, fine = abs(d[0] - d[1]), abs(d[1] - d[2])
    spread = abs(r1 - r0) / 4 if fine <= 0.35 * coarse else max(coarse, fine)
    rounding = noise(point, _answering(out, found) if alone else out) / steps[2]
    jump = (4 * jumps[2] - jumps[0]) / 3
    value = (16 * r1 - r0) / 15
    return Slope(value, max(spread, rounding), abs(jump), rounding, value - jump / 2, value + jump / 2)


def _answering(out: Array, found: Sequence[Array]) -> Array:
    """The largest size of each output on the ladder; 0 for one that is the same on all of it."""
    sizes = np.max(np.abs([out, *found]), axis=0)
    return np.where(np.any(np.asarray(found) != out, axis=0), sizes, 0.0)


def _project(v: Array, difference: Array) -> float:
    with np.errstate(all="ignore"):
        return float(np.sum(v * difference, dtype=np.float64))
