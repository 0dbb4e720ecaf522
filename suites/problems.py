"""What a training run gets: a problem drawn from a seed, like all others of its family and equal to none.

Every run has its own order of the labels and its own transform of the inputs, so weights learnt elsewhere are
useless: a random rotation of all pixels where the network need not know that they are an image (`Mixed`), and
a turn, a mirror, a 3 x 3 filter and a sign where it does (`Oriented`). What is shown to students is drawn
from the same family.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from suites import datasets
from suites.datasets import Images

Floats = NDArray[Any]
VERSION = 1  # raise it when a draw changes: what was calibrated before says nothing of it
MEAN, SPREAD = 0.15, 0.3  # of the pixels of a digit, roughly: what a network gets is centred
KERNEL = 3
CENTRE = 2.0  # so that no filter takes all that tells digits apart


@dataclass(frozen=True)
class Problem:
    """Examples and labels (0, ..., classes - 1) to train on, and others to be tested on."""

    X: Floats  # (N, ...) in float32
    y: NDArray[np.int64]  # (N,)
    X_test: Floats
    y_test: NDArray[np.int64]


class Source(Protocol):
    """A family of problems. `name` says which, for the record; `shape` is that of one example."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def classes(self) -> int: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    def draw(self, rng: Generator) -> Problem:
        """One problem. AuthoringError where its data set is missing."""


@dataclass(frozen=True)
class Mixed:
    """Varied images, halved in size, as rows whose entries are mixed by one random rotation a problem."""

    dataset: str = "digits"
    train: int = 8000
    test: int = 10_000
    classes: int = 10
    shape: tuple[int, ...] = (196,)

    @property
    def name(self) -> str:
        return f"{self.dataset}, mixed, {self.train} and {self.test}"

    def draw(self, rng: Generator) -> Problem:
        """Rows (N, 196), orthogonally mixed, with labels in a random order."""
        (size,) = self.shape
        rotation, _ = np.linalg.qr(rng.normal(size=(size, size)))
        turned = rotation.astype(np.float32)
        return _problem(self.dataset, self.train, self.test, rng, lambda x: x.reshape(len(x), -1) @ turned)


@dataclass(frozen=True)
class Oriented:
    """Varied images, halved in size; one random turn, mirror, filter and sign a problem."""

    dataset: str = "digits"
    train: int = 4000
    test: int = 10_000
    classes: int = 10
    shape: tuple[int, ...] = (1, 14, 14)

    @property
    def name(self) -> str:
        return f"{self.dataset}, oriented, {self.train} and {self.test}"

    def draw(self, rng: Generator) -> Problem:
        """Images (N, 1, 14, 14), with labels in a random order."""
        turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
        sign = rng.choice((-1.0, 1.0))
        kernel = rng.normal(size=(KERNEL, KERNEL))
        kernel[KERNEL // 2, KERNEL // 2] += CENTRE
        kernel = (sign * kernel / np.linalg.norm(kernel)).astype(np.float32)

        def seen(images: Floats) -> Floats:
            turned = np.rot90(images[:, :, ::-1] if mirrored else images, turns, axes=(1, 2))
            return filtered(turned, kernel)[:, np.newaxis]

        return _problem(self.dataset, self.train, self.test, rng, seen)


@dataclass(frozen=True)
class Disc:
    """Points of a square, inside a disc or outside: half of the square's area is inside (001:1777).

    The disc's centre lies up to `away` from the middle of the square, on both axes, and which label is
    inside is drawn.
    """

    train: int = 2000
    test: int = 10_000
    away: float = 0.2
    classes: int = 2
    shape: tuple[int, ...] = (2,)

    @property
    def name(self) -> str:
        return f"disc, {self.train} and {self.test}"

    def draw(self, rng: Generator) -> Problem:
        """Points (N, 2) of the square from -1 to 1."""
        centre, inside = rng.uniform(-self.away, self.away, 2), int(rng.integers(2))

        def points(count: int) -> tuple[Floats, NDArray[np.int64]]:
            x = rng.uniform(-1, 1, (count, 2))
            within = ((x - centre) ** 2).sum(axis=1) < 2 / np.pi
            return x.astype(np.float32), np.where(within, inside, 1 - inside)

        return Problem(*points(self.train), *points(self.test))


def _problem(dataset: str, train: int, test: int, rng: Generator, seen: Any) -> Problem:
    split = datasets.load(dataset)
    order = rng.permutation(1 + int(split.train.labels.max()))

    def drawn(images: Images, count: int) -> tuple[Floats, NDArray[np.int64]]:
        chosen = _spread(len(images.labels), count, rng)
        return seen(varied(images.pixels[chosen], rng)), order[images.labels[chosen]]

    return Problem(*drawn(split.train, train), *drawn(split.test, test))


def _spread(size: int, count: int, rng: Generator) -> NDArray[np.int64]:
    """`count` of `size` things in a random order, each as often as any other, or once more."""
    rounds = [rng.permutation(size) for _ in range(-(-count // size))]
    return np.concatenate(rounds)[:count]


def varied(pixels: NDArray[np.uint8], rng: Generator) -> Floats:
    """Images (N, H, W) as (N, H / 2, W / 2): moved, of another contrast, halved in size, with noise."""
    x = moved(pixels, rng.integers(-1, 2, (len(pixels), 2)))
    wide = x.astype(np.uint16)
    four = wide[:, ::2, ::2] + wide[:, 1::2, ::2] + wide[:, ::2, 1::2] + wide[:, 1::2, 1::2]
    small: Floats = four.astype(np.float32) / 4
    small *= (rng.uniform(0.5, 1.2, (len(x), 1, 1)) / 255).astype(np.float32)
    small += 0.1 * rng.standard_normal(small.shape, dtype=np.float32)
    small -= MEAN
    small /= SPREAD
    return small


def moved(pixels: NDArray[np.uint8], by: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Images (N, H, W), each moved `by` rows and columns (N, 2); what comes in is 0."""
    n, height, width = pixels.shape
    margin = int(np.abs(by).max(initial=0))
    wide = np.pad(pixels, ((0, 0), (margin, margin), (margin, margin)))
    rows = np.arange(height) + margin - by[:, :1]
    columns = np.arange(width) + margin - by[:, 1:]
    found: NDArray[np.uint8] = wide[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return found


def filtered(images: Floats, kernel: Floats) -> Floats:
    """Images (N, H, W) correlated with an odd kernel, of the same size; what is beyond the border is 0."""
    height, width = images.shape[1:]
    reach = len(kernel) // 2
    wide = np.pad(images, ((0, 0), (reach, reach), (reach, reach)))
    out = np.zeros(images.shape, np.float32)
    for i, row in enumerate(kernel):
        for j, weight in enumerate(row):
            out += weight * wide[:, i : i + height, j : j + width]
    return out
