"""A measured quantity as plain data: a value with its interval, or no value and the reason in its finding.

What is not certain enough to stand is no number: `value` is None, whatever was read on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SUITE = "1"  # version of the protocols: values of different ones are never compared
LEVEL = 0.95  # of every interval


@dataclass(frozen=True)
class Baseline:
    """What somebody else reaches at the same thing, measured in the same session."""

    name: str  # "naive loops", "reference", "PyTorch"
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Measurement:
    """How fast or how accurate, with a 95 % interval.

    quantity  what: `speed` or `accuracy`; a leaderboard ranks one of them.
    value     the estimate, low <= value <= high; all three None where it does not stand.
    n         how many pairs or seeds it comes from.
    unit      of the value, for people: "x the reference's CPU time", "%".
    better    `lower` or `higher`.
    scale     `log` where ratios matter, `linear` where differences do; `band` is on this scale.
    band      differences within it are none.
    device    class of the machine; suite: version of the protocol. Values of others are never compared.
    official  measured by the course, not on a student's own machine.
    flags     why a person should look at it; what is flagged does not rank.
    details   further figures by name, such as "peak_memory_bytes", "wall_ratio", "floor".
    """

    quantity: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    better: str
    scale: str
    band: float
    device: str
    suite: str
    official: bool = True
    flags: tuple[str, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        """Whether there is a value that may rank."""
        return self.value is not None and not self.flags
