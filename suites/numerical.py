"""Is a backward the gradient of the student's own forward? Cheap to accept, careful to reject.

PASS          the projection on random directions agrees far better than chance would allow
FAIL          a converged, kink-free derivative disagrees, at two independent (u, v)
INCONCLUSIVE  neither could be shown (noise, kinks): the comparison with the oracle decides

The cost does not depend on the number of parameters: a right layer in float64 takes three forwards and one
backward, in one frame. Every rule here answers a measured false verdict; `docs/measuring.md` has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from suites.grid import BITS_OF_DIRECTION, BITS_OF_POINT, direction, on_grid, scale_of
from suites.kinks import subgradient
from suites.ladder import (
    DOUBLE_ARITHMETIC,
    Directions,
    NoAnswerError,
    Point,
    central,
    climb,
    measured,
    noise,
)
from suites.localise import Located, locate, tiny_everywhere
from suites.types import Array, Case, Student, Value, Verdict

ATTEMPTS = 5
JITTER = 2.0**-4  # of the scale: how far another point is
KINK = "a kink: one of the admissible subgradients"
CONVICTIONS = 2  # with independent directions, before a gradient is called wrong


@dataclass(frozen=True)
class Numerical:
    """The outcome for one differentiated argument."""

    verdict: Verdict
    note: str = ""
    located: Located | None = None
    kink: bool = False  # passed because the oracle's slope jumps here and the gradient lies between


@dataclass(frozen=True)
class _Trial:
    """One comparison of <g, u> with the derivative along u."""

    verdict: Verdict | None  # None: between the thresholds
    step: float
    note: str = ""


def check_gradients(student: Student, case: Case, rng: np.random.Generator) -> dict[str, Numerical]:
    """Compare the student's backward with the student's own forward at a case, by argument."""
    assert case.upstream is not None
    point = Point(student, case, case.inputs, case.upstream.astype(np.float64), DOUBLE_ARITHMETIC)
    wrt = case.signature.wrt
    try:
        with np.errstate(all="ignore"):
            if not point.narrow and not case.kinked and _jointly_right(point, rng):
                return dict.fromkeys(wrt, Numerical(Verdict.PASS))
            point = measured(point, rng)
            return {name: _check_argument(point, name, rng) for name in wrt}
    except NoAnswerError as failure:
        return dict.fromkeys(wrt, Numerical(Verdict.INCONCLUSIVE, str(failure)))


def _jointly_right(point: Point, rng: np.random.Generator) -> bool:
    """One direction over all arguments at once, everything in one frame: enough for a right layer.

    The thresholds are those of float64; code in float32 cannot meet them by luck, so what precision it
    computes in need not be measured first. The direction's grid is fine, or two equal and opposite
    errors would cancel once in 250 times; so a gradient that is wrong by the part e passes with a chance
    of about 1e-8 / e.
    """
    h = point.arithmetic.step / 4
    us = _directions(point, point.case.signature.wrt, rng, BITS_OF_POINT)
    grads, plus, minus = point.gradients_beside(us, h)
    numeric = float(np.sum(point.upstream * (plus - minus))) / (2 * h)
    gap = abs(_along(grads, us) - numeric)
    allowed = max(point.arithmetic.accept * _size(point, grads), noise(point, plus) / h)
    return bool(np.isfinite(allowed) and gap <= allowed)


def _check_argument(point: Point, name: str, rng: np.random.Generator) -> Numerical:
    """One argument: a conviction is confirmed at the same point first; kinks and noise cost another point."""
    if point.case.kinked and subgradient(point, name, rng):
        return Numerical(Verdict.PASS, KINK, kink=True)
    convictions, note = 0, "not settled"
    for attempt in range(ATTEMPTS):
        here = point if attempt == 0 else _with_new_upstream(point, rng)
        out, grads = here.gradients()
        trial = _trial(here, out, grads, name, rng)
        if trial.verdict is Verdict.PASS and convictions == 0:
            trial = _trial(here, out, grads, name, rng)
            if trial.verdict is Verdict.PASS:
                return Numerical(Verdict.PASS, trial.note)
        if trial.verdict is None:
            trial = _settle_grey(here, out, grads, name, trial, rng)
            if trial.verdict is Verdict.PASS:
                return Numerical(Verdict.PASS, trial.note)
        if trial.verdict is Verdict.FAIL:
            convictions += 1
            if convictions == CONVICTIONS:
                return Numerical(
                    Verdict.FAIL, trial.note, locate(here, out, grads[name], name, trial.step, rng)
                )
        else:
            note = trial.note or note
            point = _jittered(point, rng)
    return Numerical(Verdict.INCONCLUSIVE, "convicted only once" if convictions else note)


def _trial(
    point: Point, out: Array, grads: Mapping[str, Array], name: str, rng: np.random.Generator
) -> _Trial:
    kind = point.arithmetic
    u = _directions(point, (name,), rng)
    analytic, size = _along(grads, u), _size(point, {name: grads[name]})
    if not np.isfinite(analytic):
        return _Trial(Verdict.FAIL, kind.step, "the gradient is not finite")
    h = kind.step / 4
    numeric = central(point, u, h)
    if abs(analytic - numeric) <= max(kind.accept * size, noise(point, out) / h):
        return _Trial(Verdict.PASS, kind.step)
    note = "noise"
    for factor in kind.other_scales:
        h = kind.step * factor
        slope = climb(point, out, u, h)
        numeric = slope.value
        if not np.isfinite(numeric):
            note = "the forward is not finite nearby"
            continue
        size = max(size, abs(numeric))
        if slope.jump > max(20 * slope.rounding, kind.reject * size):
            note = "kink"
            continue
        gap = abs(analytic - numeric)
        if slope.error > max(slope.rounding, kind.reject * size):
            continue  # whatever it is compared with would agree
        if gap <= max(4 * slope.error, kind.accept * size):
            return _Trial(Verdict.PASS, h)
        if gap > 20 * slope.error and _confirmed(point, out, u, h, numeric, gap):
            return _Trial(Verdict.FAIL if gap > kind.reject * size else None, h)
    return _Trial(Verdict.INCONCLUSIVE, h, note)


def _confirmed(point: Point, out: Array, u: Directions, h: float, numeric: float, gap: float) -> bool:
    """A ladder can look converged by luck; a second scale must tell the same story."""
    other = climb(point, out, u, h * point.arithmetic.second_scale)
    return 10 * abs(numeric - other.value) < gap and 10 * other.error < gap


def _settle_grey(
    point: Point,
    out: Array,
    grads: Mapping[str, Array],
    name: str,
    trial: _Trial,
    rng: np.random.Generator,
) -> _Trial:
    """Between the thresholds: a stabiliser moves every entry a little, a bug moves some entry a lot."""
    if tiny_everywhere(point, out, grads[name], name, trial.step, rng):
        note = "a small deviation everywhere, as from a stabiliser"
        return _Trial(Verdict.PASS, trial.step, note)
    found = locate(point, out, grads[name], name, trial.step, rng)
    verdict = Verdict.FAIL if found.entries else Verdict.INCONCLUSIVE
    return _Trial(verdict, trial.step, "a small disagreement")


def _directions(
    point: Point, names: tuple[str, ...], rng: np.random.Generator, bits: int = BITS_OF_DIRECTION
) -> dict[str, Array]:
    return {name: direction(rng, _float_array(point.inputs[name]), bits) for name in names}


def _along(grads: Mapping[str, Array], u: Directions) -> float:
    return float(sum(np.sum(grads[name] * d) for name, d in u.items()))


def _size(point: Point, grads: Mapping[str, Array]) -> float:
    """The norm of the gradient, each argument in units of its own scale."""
    scaled = [g * scale_of(_float_array(point.inputs[name])) for name, g in grads.items()]
    top = max(float(np.max(np.abs(g), initial=0.0)) for g in scaled)
    if not 0 < top < np.inf:
        return top
    return top * float(np.sqrt(sum(np.sum((g / top) ** 2) for g in scaled)))


def _with_new_upstream(point: Point, rng: np.random.Generator) -> Point:
    upstream = on_grid(rng.standard_normal(point.upstream.shape), bits=6)
    return Point(point.student, point.case, point.inputs, upstream, point.arithmetic)


def _jittered(point: Point, rng: np.random.Generator) -> Point:
    moved: dict[str, Value] = dict(point.inputs)
    for name in point.case.signature.wrt:
        x = _float_array(point.inputs[name])
        moved[name] = on_grid(x + scale_of(x) * JITTER * rng.standard_normal(x.shape).astype(x.dtype))
    return point.at(moved)


def _float_array(value: Value) -> Array:
    assert isinstance(value, np.ndarray)
    return value
