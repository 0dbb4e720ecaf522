"""From what was timed to findings, by hand: what a figure says, what is flagged, how several become one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suites import Op, Workload, regime
from suites.measurement import SUITE, Baseline, Measurement
from suites.ratio import BAND, NARROW_BAND, Estimate
from suites.speed import MOST, Session, TimedWorkload, flags, gate, measured, overall, unmeasured
from suites.throughput import Comparison, Pair
from suites.turns import NotMeasured
from suites.types import Finding, Verdict
from suites.yardstick import DOUBLE_ENOUGH, USUAL, Calibration

MS = 1_000_000


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=3)}


OP = Op(forward="f", oracle=lambda x: 2 * x, args=("x",), regimes=(numbers,))
# 5 layers of 1e9 operations: at 1e11 a second they take 50 ms.
WORK = Workload("double", OP, lambda rng, n: {"x": np.zeros(n)}, 1000, lambda n: 1e6 * n, "ref.py", depth=5)
SESSION = Session("a machine", True, 1e11, {"double": 0.004, "other": 0.02}, {})
PAIR = Pair(20.0 * MS, 20.0 * MS, 21.0 * MS, 21.0 * MS)
CALIBRATION = Calibration(20.0 * MS, 0.0, 1)


def timed(
    theta: float = 0.0, half: float = 0.003, error: float = 0.0, cpu_ms: float = 100.0
) -> TimedWorkload:
    comparison = Comparison(((PAIR,) * 4, (PAIR,) * 4, (PAIR,) * 3), error)
    return TimedWorkload(WORK, comparison, Estimate(theta, theta - half, theta + half), {"cpu_ms": cpu_ms})


def measurement(finding: Finding) -> Measurement:
    assert finding.measurement is not None
    return finding.measurement


@pytest.mark.parametrize(("floor", "band"), [(0.004, NARROW_BAND), (0.02, BAND)])
@pytest.mark.parametrize("official", [True, False])
def test_a_figure_says_what_was_measured(floor: float, band: float, official: bool) -> None:
    naive = Baseline("naive loops", 40.0, 38.0, 42.0)
    session = replace(
        SESSION, official=official, floors={"double": floor}, rows={"double": (naive,), "other": ()}
    )
    finding = measured(timed(math.log(2.0)), session)
    assert (finding.part, finding.check, finding.tensor, finding.tier) == (
        *("speed", "throughput", "double", "ordinary"),
    )
    assert (finding.verdict, finding.cause, finding.credit, finding.points) == (Verdict.PASS, "", 1, 0)
    half = math.hypot(0.003, floor)
    assert measurement(finding) == Measurement(
        quantity="speed",
        value=pytest.approx(2.0),
        low=pytest.approx(2.0 * math.exp(-half)),
        high=pytest.approx(2.0 * math.exp(half)),
        n=11,
        unit="x the reference's CPU time",
        better="lower",
        scale="log",
        band=band,
        device="a machine",
        suite=SUITE,
        official=official,
        flags=(),
        baselines=(Baseline("reference", 1.0, 1.0, 1.0), naive),
        details={"cpu_ms": 100.0, "floor": pytest.approx(math.expm1(floor), rel=1e-9), "launches": 3.0},
    )


def test_without_a_floor_the_interval_is_that_of_the_pairs() -> None:
    found = measurement(measured(timed(), replace(SESSION, floors={})))
    assert (found.low, found.high) == pytest.approx((math.exp(-0.003), math.exp(0.003)))
    assert (found.details["floor"], found.band) == (0.0, NARROW_BAND)


@pytest.mark.parametrize(
    ("found", "peak", "says"),
    [
        (timed(), 1e11, ()),
        (timed(error=DOUBLE_ENOUGH), 1e11, ()),
        (timed(error=1.01 * DOUBLE_ENOUGH), 1e11, ("right to single precision only",)),
        (timed(cpu_ms=48.0), 1e11, ()),  # 5e9 operations at 1.042 times the peak
        (timed(cpu_ms=47.0), 1e11, ("faster than is plausible",)),
        (timed(cpu_ms=1.0), 0.0, ()),  # of a machine of which no peak is known
        (timed(-0.99 * MOST), 1e11, ()),
        (timed(-MOST), 1e11, ()),
        (timed(-1.01 * MOST), 1e11, ("faster than is plausible",)),
        (timed(-1.01 * MOST), 0.0, ("faster than is plausible",)),
        (timed(1.01 * MOST), 1e11, ()),
        (timed(-4.0, error=1e-5), 1e11, ("right to single precision only", "faster than is plausible")),
    ],
)
def test_a_person_should_look_at_what_is_faster_than_arithmetic(
    found: TimedWorkload, peak: float, says: tuple[str, ...]
) -> None:
    session = replace(SESSION, peak=peak)
    assert flags(found, session) == says
    assert measurement(measured(found, session)).flags == says


@pytest.mark.parametrize("official", [True, False])
def test_where_there_is_no_number_there_is_the_reason(official: bool) -> None:
    why = NotMeasured(Verdict.TIMEOUT, "takes too long")
    finding = unmeasured("double", why, replace(SESSION, official=official))
    assert (finding.tensor, finding.verdict, finding.cause) == ("double", Verdict.TIMEOUT, "takes too long")
    assert (finding.credit, finding.points) == (0, 0)
    found = measurement(finding)
    assert (found.quantity, found.value, found.low, found.high, found.n) == ("speed", None, None, None, 0)
    assert (found.unit, found.better, found.scale) == ("x the reference's CPU time", "lower", "log")
    assert (found.band, found.device, found.suite) == (NARROW_BAND, "a machine", SUITE)
    assert (found.official, found.flags, found.baselines) == (official, (), ())


@pytest.mark.parametrize(("factor", "stands"), [(0.51, True), (1.98, True), (0.49, False), (2.02, False)])
def test_the_reference_beside_it_takes_what_it_takes_alone(factor: float, stands: bool) -> None:
    """Within a factor of two, by the median of the pairs."""
    usual = replace(PAIR, student_ns=factor * 20.0 * MS, reference_ns=factor * 20.0 * MS)
    comparison = Comparison(((PAIR, usual, usual, usual, PAIR),), 0.0)
    arguments = comparison, Estimate(0.0, -0.01, 0.01), CALIBRATION, USUAL
    if stands:
        gate(*arguments)
    else:
        with pytest.raises(NotMeasured, match="times what it takes alone"):
            gate(*arguments)


def named(name: str, *bounds: float, n: int = 12, **changes: Any) -> Finding:
    """A finding with a value and its interval."""
    value, low, high = bounds
    finding = measured(timed(), SESSION)
    of = replace(measurement(finding), value=value, low=low, high=high, n=n, **changes)
    return replace(finding, tensor=name, measurement=of)


def test_several_figures_become_their_geometric_mean() -> None:
    """Their errors are independent: that of the mean is the root of the sum of squares, by their number."""
    one = named("double", 2.0, 2.0 * math.exp(-0.03), 2.0 * math.exp(0.03), n=12)
    two = named("other", 8.0, 8.0 * math.exp(-0.04), 8.0 * math.exp(0.04), n=9)
    finding = overall([one, two], SESSION)
    assert (finding.tensor, finding.verdict, finding.cause) == ("overall", Verdict.PASS, "")
    assert (finding.credit, finding.points) == (1, 0)
    found = measurement(finding)
    half = math.exp(0.05 / 2)
    assert (found.value, found.low, found.high) == pytest.approx((4.0, 4.0 / half, 4.0 * half))
    assert (found.n, found.device, found.official, found.flags) == (9, "a machine", True, ())
    assert found.band == BAND  # of the noisier of the two floors
    assert measurement(overall([one, two], replace(SESSION, floors={}))).band == NARROW_BAND


def test_no_workload_counts_for_more_than_a_factor_of_twenty() -> None:
    absurd = named("double", 1e-6, 1e-6, 1e-6)
    assert measurement(overall([absurd, named("other", 1.0, 1.0, 1.0)], SESSION)).value == pytest.approx(
        math.sqrt(1 / 20)
    )


def test_a_flag_of_one_is_a_flag_of_all_and_told_once() -> None:
    single, fast = "right to single precision only", "faster than is plausible"
    findings = [
        named(name, 1.0, 1.0, 1.0, flags=seen)
        for name, seen in (("a", (single,)), ("b", ()), ("c", (fast, single)))
    ]
    assert measurement(overall(findings, SESSION)).flags == (single, fast)


@pytest.mark.parametrize("lost", [None, 0, 1])
def test_every_one_of_them_must_stand(lost: int | None) -> None:
    findings = [named("double", 1.0, 1.0, 1.0), named("other", 1.0, 1.0, 1.0)]
    if lost is None:
        findings[1] = replace(findings[1], verdict=Verdict.FAIL, cause="wrong", measurement=None)
    else:
        why = NotMeasured(Verdict.FAIL, "wrong")
        findings[lost] = unmeasured(findings[lost].tensor, why, SESSION)
    found = overall(findings, SESSION)
    name = findings[1 if lost is None else lost].tensor
    assert (found.tensor, found.verdict, found.cause) == ("overall", Verdict.FAIL, f"{name}: wrong")
    assert measurement(found).value is None


def test_a_row_beside_it_is_one_figure_too_where_all_workloads_have_it() -> None:
    """Of rows nothing is cut off: they are not measured to rank."""
    both = [Baseline("naive", 100.0, 50.0, 200.0), Baseline("naive", 400.0, 200.0, 800.0)]
    torch = Baseline("PyTorch", 0.5, 0.4, 0.6)
    for rows in ((both[:1], [torch, both[1]]), ([torch, both[0]], both[1:])):
        findings = [
            named(name, 1.0, 1.0, 1.0, baselines=tuple(of))
            for name, of in zip(("double", "other"), rows, strict=True)
        ]
        (row,) = measurement(overall(findings, SESSION)).baselines
        half = math.exp(math.log(2) * math.sqrt(2) / 2)
        assert row == Baseline(
            "naive", pytest.approx(200.0), pytest.approx(200.0 / half), pytest.approx(200.0 * half)
        )


def test_rows_are_in_the_order_of_the_first_workload() -> None:
    one, two = Baseline("naive", 2.0, 2.0, 2.0), Baseline("PyTorch", 1.0, 1.0, 1.0)
    for first, second in (((one, two), (two, one)), ((two, one), (one, two))):
        findings = [named("a", 1.0, 1.0, 1.0, baselines=first), named("b", 1.0, 1.0, 1.0, baselines=second)]
        assert [row.name for row in measurement(overall(findings, SESSION)).baselines] == [
            row.name for row in first
        ]
    assert len(measurement(overall(findings[:1], SESSION)).baselines) == 2
