"""The terms of a training run: what it is about, the network if that is fixed, and what it may use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference import deep_mlp
from suites import datasets
from suites.problems import VERSION, Source


@dataclass(frozen=True)
class Network:
    """The network of a closed division: ReLU layers whose weights are drawn by the grader.

    sizes  of the input, the hidden layers and the output.
    steps  how often the weights are to be changed: told to the submission, and bounded by CPU time alone.
    gain   the variance of a weight times the number of its layer's inputs.
    """

    sizes: tuple[int, ...]
    steps: int
    gain: float = 2.0

    def initial(self, seed: int) -> list[NDArray[np.float32]]:
        """w_1, b_1, ..., w_L, b_L as a run of this seed gets them."""
        drawn = deep_mlp.gaussian(self.sizes, self.gain, np.random.default_rng([seed, 1]))
        return [each.astype(np.float32) for each in drawn]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the weights."""
        return [each.shape for each in self.initial(0)]


@dataclass(frozen=True)
class Budget:
    """What one run may use. The reference's CPU time is measured beside the student's, on the same machine.

    times      the reference's CPU time: the median run may take that, and a tenth more for noise.
    wall_s     wall time after which a run is ended; more where the reference shows that the machine is slow.
    predict_s  CPU time for the labels of the whole test set.
    numbers    that the parameters may hold, and characters of text, such as names.
    """

    times: float = 3.0
    wall_s: float = 20.0
    predict_s: float = 5.0
    numbers: int = 1_000_000


@dataclass(frozen=True)
class Terms:
    """What every run of a part has in common; there is a `network` in the closed division alone."""

    source: Source
    network: Network | None = None
    budget: Budget = field(default_factory=Budget)
    fit: str = "fit"
    predict: str = "predict"

    @property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """What a submission must have: functions and their arguments."""
        if self.network is not None:
            return {self.fit: ("X", "y", "weights", "steps", "seed")}
        return {self.fit: ("X", "y", "seed"), self.predict: ("params", "X")}

    @property
    def chance(self) -> float:
        """The accuracy of guessing, in percent."""
        return 100 / self.source.classes

    def identity(self, *texts: str) -> str:
        """A hash of what decides about accuracies: the family, its data, the network, and these programs."""
        name: Any = getattr(self.source, "dataset", None)
        data = datasets.DATASETS[name].sha256 if name in datasets.DATASETS else ""
        declared = (VERSION, self.source, data, self.network, self.fit, self.predict, texts)
        return hashlib.sha256(repr(declared).encode()).hexdigest()
