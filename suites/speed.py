"""From what was timed to findings: what stands as a number, what does not and why, what to look at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from suites.measurement import SUITE, Baseline, Measurement
from suites.ratio import Estimate, band_for, mean_of, rank_correlation
from suites.throughput import Comparison
from suites.turns import NotMeasured
from suites.types import Finding, Verdict
from suites.workload import Workload
from suites.yardstick import Calibration, Protocol, right_enough

PART, CHECK, OVERALL = "speed", "throughput", "overall"
UNIT, UNIT_ON_A_GPU = "x the reference's CPU time", "x the reference's time"
MOST = math.log(20)  # no workload counts for more in the overall figure, and no code is believed to be faster
STEADY = (0.5, 2.0)  # of its calibrated time, for the reference beside a student
MOST_DRIFT, DRIFT_Z = (
    0.5,
    2.58,
)  # of a rank correlation: as large, and beyond what chance shows once in a hundred
HEADROOM = 1.05  # over the measured peak: no arithmetic is faster, nor any way to the memory
EVENTS = 0.10  # by how much a GPU's own account of the time may differ from the clock


@dataclass(frozen=True)
class Session:
    """What holds for everything that is measured in one session on one machine.

    floor      how far from 1 the reference shows against itself, a log ratio, by workload.
    peak       floating-point operations a second of one core, or of the GPU, in a product of matrices.
    rows       others to compare with, by workload.
    bandwidth  bytes a second that a GPU reads and writes of its memory; 0 where nothing is said of it.
    unit       of the ratio.
    """

    device: str
    official: bool
    peak: float
    floors: Mapping[str, float]
    rows: Mapping[str, tuple[Baseline, ...]]
    bandwidth: float = 0.0
    unit: str = UNIT


@dataclass(frozen=True)
class TimedWorkload:
    """One workload of one submission: what was compared, estimated, and read beside it."""

    workload: Workload
    comparison: Comparison
    estimate: Estimate
    details: Mapping[str, float]


def gate(comparison: Comparison, estimate: Estimate, calibration: Calibration, protocol: Protocol) -> None:
    """Raise NotMeasured for what cannot stand, whatever the number says."""
    pairs, pipe = comparison.pairs, calibration.pipe_ns
    times = [t for p in pairs for t in (p.student_ns, p.reference_ns, p.student_wall_ns, p.reference_wall_ns)]
    if not all(math.isfinite(t) and t > 0 for t in times):
        raise NotMeasured(Verdict.INFRASTRUCTURE, "a clock gave a time that is none")
    reference = float(np.median([pair.reference_ns for pair in pairs]))
    steady = reference / calibration.reference_ns
    if not STEADY[0] <= steady <= STEADY[1]:
        raise NotMeasured(
            Verdict.INCONCLUSIVE, f"beside it the reference took {steady:.2g} times what it takes alone"
        )
    drift = rank_correlation([d for launch in comparison.log_ratios(pipe) for d in launch])
    if abs(drift) > max(MOST_DRIFT, DRIFT_Z / math.sqrt(len(pairs) - 1)):
        raise NotMeasured(
            Verdict.INCONCLUSIVE, f"it drifts while it is measured (rank correlation {drift:.2f})"
        )
    if estimate.half_width > protocol.widest:
        raise NotMeasured(
            Verdict.INCONCLUSIVE,
            f"known to {math.expm1(estimate.half_width):.0%} only: the machine is too busy",
        )


def flags(timed: TimedWorkload, session: Session) -> tuple[str, ...]:
    """Why a person should look at it before it ranks."""
    found = []
    workload, pairs = timed.workload, timed.comparison.pairs
    if timed.comparison.error > right_enough(workload):
        less = (
            "right to single precision only"
            if workload.on == "cpu"
            else "right to less than single precision"
        )
        found.append(less)
    seconds = timed.details[f"{workload.clock}_ms"] / 1e3
    if timed.estimate.theta < -MOST or HEADROOM * seconds < _least_s(workload, session):
        found.append("faster than is plausible")
    claimed = float(np.median([pair.student_device_ns / pair.student_wall_ns for pair in pairs]))
    if claimed and abs(claimed - 1) > EVENTS:
        found.append(f"by its own account its GPU took {claimed:.2f} times what passed here")
    return tuple(found)


def _least_s(workload: Workload, session: Session) -> float:
    """What a call takes at least where arithmetic, or the way to the memory, is all that takes time."""
    work = workload.flops(workload.size) / session.peak if session.peak else 0.0
    moved = (
        workload.traffic(workload.size) / session.bandwidth if workload.traffic and session.bandwidth else 0.0
    )
    return workload.depth * max(work, moved)


def measured(timed: TimedWorkload, session: Session) -> Finding:
    """The finding of a workload that stands."""
    name, floor = timed.workload.name, session.floors.get(timed.workload.name, 0.0)
    estimate = timed.estimate.widened(floor)
    details = {**timed.details, "floor": math.expm1(floor), "launches": float(len(timed.comparison.launches))}
    measurement = replace(
        _ratio(estimate, len(timed.comparison.pairs), floor, session),
        flags=flags(timed, session),
        baselines=(Baseline("reference", 1.0, 1.0, 1.0), *session.rows.get(name, ())),
        details=details,
    )
    return _finding(name, Verdict.PASS, "", measurement)


def unmeasured(name: str, why: NotMeasured, session: Session) -> Finding:
    """The finding where there is no number: `inconclusive` never becomes one."""
    nothing = Measurement(
        "speed", None, None, None, 0, session.unit, "lower", "log", band_for(0.0), session.device, SUITE
    )
    return _finding(name, why.verdict, why.cause, replace(nothing, official=session.official))


def overall(findings: Sequence[Finding], session: Session) -> Finding:
    """All workloads in one figure, the mean log ratio; every one of them must stand."""
    fallen = next((f for f in findings if f.measurement is None or f.measurement.value is None), None)
    if fallen is not None:
        return unmeasured(OVERALL, NotMeasured(fallen.verdict, f"{fallen.tensor}: {fallen.cause}"), session)
    values = [f.measurement for f in findings if f.measurement is not None]
    estimates = [Estimate(*map(math.log, bounds)) for bounds in _bounds(values)]
    floor = max(session.floors.values(), default=0.0)
    ratio = _ratio(mean_of(estimates, MOST), min(m.n for m in values), floor, session)
    all_flags = tuple(dict.fromkeys(flag for m in values for flag in m.flags))
    return _finding(OVERALL, Verdict.PASS, "", replace(ratio, flags=all_flags, baselines=_shared(values)))


def _bounds(values: Sequence[Measurement]) -> Iterator[tuple[float, float, float]]:
    for m in values:
        assert m.value is not None
        assert m.low is not None
        assert m.high is not None
        yield m.value, m.low, m.high


def _shared(values: Sequence[Measurement]) -> tuple[Baseline, ...]:
    """The rows that every workload has, each in one figure as the submission's own is."""
    rows = []
    for row in values[0].baselines:
        same = [[b for b in m.baselines if b.name == row.name] for m in values]
        if all(same):
            estimates = [Estimate(math.log(b.value), math.log(b.low), math.log(b.high)) for (b, *_) in same]
            mean = mean_of(estimates, math.inf)
            rows.append(Baseline(row.name, *map(math.exp, (mean.theta, mean.low, mean.high))))
    return tuple(rows)


def _ratio(estimate: Estimate, n: int, floor: float, session: Session) -> Measurement:
    value, low, high = map(math.exp, (estimate.theta, estimate.low, estimate.high))
    return Measurement(
        quantity="speed",
        value=value,
        low=low,
        high=high,
        n=n,
        unit=session.unit,
        better="lower",
        scale="log",
        band=band_for(floor),
        device=session.device,
        suite=SUITE,
        official=session.official,
    )


def _finding(name: str, verdict: Verdict, cause: str, measurement: Measurement) -> Finding:
    return Finding(
        part=PART,
        check=CHECK,
        tensor=name,
        tier="ordinary",
        verdict=verdict,
        cause=cause,
        credit=Fraction(verdict is Verdict.PASS),
        points=Fraction(0),
        measurement=measurement,
    )
