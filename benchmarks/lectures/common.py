"""What the reruns of the lectures' results share: images, a training loop over the oracles, a plot, a record.

Every script runs on one core in minutes, prints its table, and writes docs/results/NAME.json (all figures,
with what they were measured on) and NAME.svg. Nothing is left out: what the page shows is what came out.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reference import deep_mlp
from reference.cross_entropy import categorical_on_logits
from suites import datasets

Array = NDArray[Any]
RESULTS = Path(__file__).parents[2] / "docs" / "results"
COLOURS = ("#8a8f98", "#1f6feb", "#c2410c", "#15803d", "#7c3aed")
STYLE = {
    "svg.hashsalt": "assay",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
}


@dataclass(frozen=True)
class Images:
    """Rows of pixels, halved in size and centred, with labels: to train on, and to be tested on."""

    name: str
    x: Array
    y: Array
    x_test: Array
    y_test: Array


def images(train: int, test: int) -> Images:
    """Fashion-MNIST where it is installed, else the digits that come with Assay."""
    name = "digits" if datasets.missing("fashion-mnist") else "fashion-mnist"
    split = datasets.load(name)
    rng = np.random.default_rng(0)
    made = []
    for part, count in ((split.train, train), (split.test, test)):
        chosen = rng.permutation(len(part.labels))[:count]
        small = part.pixels[chosen].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float32)
        made += [small.reshape(len(small), -1) / 255, part.labels[chosen].astype(np.int64)]
    mean, spread = made[0].mean(), made[0].std()
    return Images(name, (made[0] - mean) / spread, made[1], (made[2] - mean) / spread, made[3])


@dataclass
class Net:
    """A perceptron that learns by plain stochastic gradient descent; with norms, batch-normalised."""

    weights: list[Array]
    norms: list[Array]

    @classmethod
    def drawn(cls, sizes: Sequence[int], normalised: bool, std: Callable[[int], float], seed: int) -> Net:
        """Gaussian weights of the standard deviation that `std` makes of a layer's inputs, in float32."""
        rng = np.random.default_rng([seed, 7])
        weights: list[Array] = []
        for d, m in pairwise(sizes):
            weights += [(std(d) * rng.normal(size=(d, m))).astype(np.float32), np.zeros(m, np.float32)]
        hidden = sizes[1:-1] if normalised else ()
        norms = [make(m, np.float32) for m in hidden for make in (np.ones, np.zeros)]
        return cls(weights, norms)

    def step(self, x: Array, y: Array, rate: float) -> float:
        """One step on a batch; the loss before it."""
        scores, cache = deep_mlp.forward(x, self.weights, self.norms)
        loss, dscores = categorical_on_logits(scores, y)
        dweights, dnorms = deep_mlp.backward(dscores, cache)
        for value, slope in zip([*self.weights, *self.norms], [*dweights, *dnorms], strict=True):
            np.subtract(value, np.float32(rate) * slope, out=value)
        return float(loss)

    def accuracy(self, x: Array, y: Array, statistics: Array) -> float:
        """In percent; a normalised net uses the statistics of these inputs."""
        weights = deep_mlp.folded(statistics, self.weights, self.norms) if self.norms else self.weights
        return float(100 * np.mean(deep_mlp.forward(x, weights)[0].argmax(axis=1) == y))


def batches(count: int, size: int, seed: int) -> Iterator[Array]:
    """Indices of mini-batches without end; each epoch goes through all examples in another order."""
    rng = np.random.default_rng([seed, 11])
    while True:
        order = rng.permutation(count)
        for at in range(0, count - size + 1, size):
            yield order[at : at + size]


def record(name: str, about: dict[str, Any], started: float) -> None:
    """Write the figures of a rerun, with what they were measured on."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    measured = {
        **about,
        "cpu_seconds": round(time.process_time() - started, 1),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def plot(name: str, draw: Callable[[Axes], None], x: str, y: str) -> None:
    """Write one plot as an SVG, the same bytes for the same figures."""
    with rc_context(STYLE):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
        figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})


def spread(values: Sequence[float]) -> dict[str, float]:
    """Mean, standard deviation and range."""
    array = np.asarray(values, np.float64)
    return {
        "mean": round(float(array.mean()), 3),
        "sd": round(float(array.std(ddof=1)), 3),
        "low": round(float(array.min()), 3),
        "high": round(float(array.max()), 3),
    }
