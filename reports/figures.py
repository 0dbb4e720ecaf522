"""Measured quantities in words: a value with as many digits as stand, and what was read beside it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.text import memory
from suites.measurement import Baseline, Measurement
from suites.speed import CHECK, OVERALL
from suites.types import Finding, Verdict

BUSY = 1.5  # seconds that pass for a second of CPU time, beyond which it is told


@dataclass(frozen=True)
class Figure:
    """One measured quantity. `value` is empty where nothing stands; then `cause` says why."""

    name: str
    quantity: str
    verdict: Verdict
    value: str
    bounds: str
    interval: str  # in words, and from how many pairs or seeds
    unit: str
    cause: str
    flags: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]  # others at the same thing: name, value, interval
    facts: tuple[str, ...]
    official: bool
    where: str  # device class, version of the protocol


def is_measured_alone(finding: Finding) -> bool:
    """Whether a finding is about a figure and no points: it is told among figures, not among the parts."""
    return finding.measurement is not None and not finding.points


def figures(findings: Iterable[Finding]) -> tuple[Figure, ...]:
    """All that was measured, in order. Where only one workload was timed its figure is the overall one."""
    told = [finding for finding in findings if finding.measurement is not None]
    timed = [finding for finding in told if finding.check == CHECK]
    if len(timed) == 2:
        told = [finding for finding in told if finding not in timed or finding.tensor != OVERALL]
    return tuple(_figure(finding, m) for finding in told if (m := finding.measurement) is not None)


def lines(figure: Figure) -> Iterator[str]:
    """A figure for a terminal."""
    yield f"{figure.name}: {figure.quantity}"
    if figure.value:
        yield f"  {figure.value} {figure.unit}, {figure.interval}"
        for name, value, interval in figure.rows:
            yield f"    {name:<12} {value:>8}  {interval}".rstrip()
    else:
        yield f"  no figure ({figure.verdict}): {figure.cause}"
    for flag in figure.flags:
        yield f"  flagged: {flag}"
    for fact in figure.facts:
        yield f"  {fact}"
    if not figure.official:
        yield "  unofficial: measured on your machine"


def _figure(finding: Finding, m: Measurement) -> Figure:
    value, bounds = _told(m.value, m.low, m.high)
    counted = f", {m.n} {'pairs' if m.quantity == 'speed' else 'runs'}" if m.n else ""
    return Figure(
        name=finding.tensor,
        quantity=m.quantity,
        verdict=finding.verdict,
        value=value,
        bounds=bounds,
        interval=f"95 % between {bounds}{counted}" if value else "",
        unit=m.unit,
        cause=finding.cause,
        flags=m.flags,
        rows=tuple(map(_row, m.baselines)) if value else (),
        facts=tuple(_facts(m)),
        official=m.official,
        where=f"{m.device}, protocol {m.suite}",
    )


def _row(row: Baseline) -> tuple[str, str, str]:
    value, interval = _told(row.value, row.low, row.high)
    return row.name, value, interval if row.low < row.high else ""


def _told(value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """The value and its bounds, with two digits of half the interval's width."""
    if value is None or low is None or high is None:
        return "", ""
    half = (high - low) / 2
    digits = min(6, max(0, 1 - math.floor(math.log10(half)))) if half > 0 else 2
    return f"{value:.{digits}f}", f"{low:.{digits}f} and {high:.{digits}f}"


# The details that are told; all others are hidden from students.
TOLD = frozenset(
    {
        "cpu_ms",
        "reference_cpu_ms",
        "wall_ms",
        "reference_wall_ms",
        "flops_per_s",
        "peak_flops_per_s",
        "memory_bytes",
        "reference_memory_bytes",
        "growth",
        "growth_low",
        "growth_high",
        "reference_growth",
        "wall_over_cpu",
    }
)


def _facts(m: Measurement) -> Iterator[str]:
    known = m.details
    for clock, what in (("cpu", "ms of CPU time"), ("wall", "ms")):
        if f"{clock}_ms" in known and f"reference_{clock}_ms" in known:
            mine, theirs = known[f"{clock}_ms"], known[f"reference_{clock}_ms"]
            yield f"{mine:.3g} {what} a call, the reference {theirs:.3g} ms"
    if "flops_per_s" in known and "peak_flops_per_s" in known:
        rate, peak = known["flops_per_s"], known["peak_flops_per_s"]
        yield f"{rate / 1e9:.3g} billion operations a second, {rate / peak:.1%} of a matrix product's"
    if "memory_bytes" in known and "reference_memory_bytes" in known:
        mine, theirs = int(known["memory_bytes"]), int(known["reference_memory_bytes"])
        yield f"{memory(mine)} of memory at most, the reference {memory(theirs)}"
    if "growth" in known:
        low, high = known["growth_low"], known["growth_high"]
        yield (
            f"cost grows as size^{known['growth']:.2f} ({low:.2f} to {high:.2f}), "
            f"the reference's as size^{known['reference_growth']:.2f}"
        )
    if known.get("wall_over_cpu", 1.0) > BUSY:
        yield f"a busy machine: {known['wall_over_cpu']:.1f} s passed for a second of CPU time"
