"""Where is a gradient wrong? Sampled entries decide between dense and sparse; sparse errors by bisection.

Each probe is one random direction restricted to a box of the array: two forwards, whatever the box holds.
A single wrong entry among n costs about 2 log2(n) probes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from suites.grid import direction, scale_of
from suites.ladder import Point, central, noise
from suites.types import Array

SAMPLES = 8
BUDGET = 96  # probes of a bisection

Box = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Located:
    """Wrong entries found; `factor` where all sampled entries are off by the same one."""

    dense: bool
    entries: tuple[tuple[int, ...], ...]
    factor: float | None = None


@dataclass(frozen=True)
class _Probe:
    point: Point
    gradient: Array
    name: str
    step: float
    base: float
    rng: np.random.Generator

    def gap(self, mask: Array) -> tuple[float, float, float, float]:
        """|<g,u> - derivative|, the size it is measured by, and the two values, for u inside the mask."""
        return self._along(direction(self.rng, self._x) * mask, mask)

    def entry(self, index: tuple[int, ...]) -> tuple[float, float, float, float]:
        """The same for one entry, by a full step: a short one would make its error look small."""
        mask = np.zeros(self.gradient.shape)
        mask[index] = 1.0
        return self._along(scale_of(self._x) * mask, mask)

    @property
    def _x(self) -> Array:
        x = self.point.inputs[self.name]
        assert isinstance(x, np.ndarray)
        return x

    def _along(self, u: Array, mask: Array) -> tuple[float, float, float, float]:
        analytic = float(np.sum(np.where(mask != 0, self.gradient, 0.0) * u))
        numeric = central(self.point, {self.name: u}, self.step)
        size = max(float(np.linalg.norm(self.gradient * scale_of(self._x) * mask)), abs(numeric))
        return abs(analytic - numeric), size, analytic, numeric


def _probe(
    point: Point, out: Array, gradient: Array, name: str, h: float, rng: np.random.Generator
) -> _Probe:
    step = h / 4
    return _Probe(point, gradient, name, step, noise(point, out) / step, rng)


def _sampled(gradient: Array, rng: np.random.Generator) -> list[tuple[int, ...]]:
    chosen = rng.choice(gradient.size, size=min(SAMPLES, gradient.size), replace=False)
    return [tuple(int(k) for k in np.unravel_index(int(i), gradient.shape)) for i in chosen]


def tiny_everywhere(
    point: Point, out: Array, gradient: Array, name: str, h: float, rng: np.random.Generator
) -> bool:
    """Whether most sampled entries are off by a tiny but resolvable relative amount."""
    probe = _probe(point, out, gradient, name, h, rng)
    sample = _sampled(gradient, rng)
    small = 0
    for index in sample:
        gap, _, _, numeric = probe.entry(index)
        small += 3 * probe.base < gap <= 1e-3 * abs(numeric)
    return small >= 0.5 * len(sample)


def locate(
    point: Point,
    out: Array,
    gradient: Array,
    name: str,
    h: float,
    rng: np.random.Generator,
    relative: float = 1e-3,
) -> Located:
    """The wrong entries of one gradient, as far as the budget of probes goes."""
    probe = _probe(point, out, gradient, name, h, rng)
    hits, ratios = [], []
    sample = _sampled(gradient, rng)
    for index in sample:
        gap, size, analytic, numeric = probe.entry(index)
        if gap > max(20 * probe.base, relative * size):
            hits.append(index)
            ratios += [analytic / numeric] if numeric else []
    if len(hits) >= 0.6 * len(sample):
        return Located(True, tuple(hits), _common(ratios))
    return Located(False, tuple(sorted({*hits, *_bisect(probe, relative)})))


def _common(ratios: list[float]) -> float | None:
    if len(ratios) > 1 and np.ptp(ratios) <= 1e-3 * abs(np.mean(ratios)):
        return float(np.mean(ratios))
    return None


def _bisect(probe: _Probe, relative: float) -> list[tuple[int, ...]]:
    shape = probe.gradient.shape
    found: list[tuple[int, ...]] = []
    boxes: list[Box] = [tuple((0, n) for n in shape)]
    used = 0
    while boxes and used < BUDGET:
        box = boxes.pop()
        if all(b - a == 1 for a, b in box):
            gap, size, _, _ = probe.entry(tuple(a for a, _ in box))
            used += 1
            if gap > max(20 * probe.base, relative * size):
                found.append(tuple(a for a, _ in box))
            continue
        for half in _halves(box):
            mask = np.zeros(shape)
            mask[tuple(slice(a, b) for a, b in half)] = 1.0
            gap, size, _, _ = probe.gap(mask)
            used += 1
            if gap > max(20 * probe.base, 10 * probe.point.arithmetic.accept * size):
                boxes.append(half)
    return found


def _halves(box: Box) -> tuple[Box, Box]:
    axis = max(range(len(box)), key=lambda k: box[k][1] - box[k][0])
    a, b = box[axis]
    middle = (a + b) // 2
    return (
        (*box[:axis], (a, middle), *box[axis + 1 :]),
        (*box[:axis], (middle, b), *box[axis + 1 :]),
    )
