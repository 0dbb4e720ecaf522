"""Ways to look fast that were seen in the wild, as submissions. None of them gains anything.

Each probe names the row of the catalogue that it is (docs/measuring.md). It must end as OUTCOMES says: with a
figure no better than the honest solution's, with a figure that is flagged, or with no figure and a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import assignments
from grader.bench import TRIES, Source
from grader.sandbox.launch import ZygoteLauncher, open_launcher
from grader.sandbox.selftest import strongest
from grader.sandbox.types import Limits
from suites.ratio import Estimate
from suites.speed import Session, TimedWorkload, flags, gate
from suites.throughput import Comparison, compare, estimated
from suites.turns import NotMeasured
from suites.types import Verdict
from suites.workload import Workload
from suites.yardstick import Calibration, Protocol, calibrate

PROBES = Path(__file__).parent / "probes"
NO_GAIN = "no gain"
FLAGGED = "flagged"
WRONG = Verdict.FAIL

OUTCOMES: dict[str, set[object]] = {
    "honest": {NO_GAIN},
    "twice_the_work": {NO_GAIN},
    "patched_timers": {NO_GAIN},
    "background_thread": {WRONG},
    "lazy_array": {WRONG},
    "replay_by_id": {WRONG, NO_GAIN},  # an identity comes again when memory does
    "replay_by_content": {NO_GAIN},
    "batch_and_skip": {WRONG},
    "foreseen": {NO_GAIN},
    "slow_warm_up": {NO_GAIN},
    "right_at_first": {WRONG},
    "burners": {NO_GAIN, Verdict.TIMEOUT},  # they burn their own time: it may be twenty times as much
    "more_threads": {NO_GAIN},
    "spoilt_inputs": {WRONG},
    "stale_memory": {WRONG},
    "not_numbers": {WRONG},
    "single_precision": {FLAGGED, WRONG},  # one answer in 120 has a unit that rounding carries over the kink
    "known_size": {WRONG},
    "early_exit": {Verdict.CRASH},
}
# A cheat that worked would take a tenth of the time, not two thirds: this is about cheats, not about noise.
WORTH_IT = math.log(0.7)
SHORT = Protocol(pairs=2, launches=2, most_launches=2, warm_ups=1, most_pipe=1.0, widest=math.inf)

Measure = Callable[[str], tuple[Comparison, Estimate]]


@pytest.fixture(scope="module")
def launcher() -> Iterator[ZygoteLauncher]:
    with open_launcher(strongest().level) as opened:
        yield opened


@pytest.fixture(scope="module")
def workload() -> Workload:
    (declared,) = assignments.load("mlp").workloads
    return Workload("small", declared.op, declared.draw, 256, declared.flops, "honest.py", depth=2)


def source(launcher: ZygoteLauncher, name: str) -> Source:
    files = {f"{file}.py": (PROBES / f"{file}.py").read_text("utf-8") for file in {name, "honest"}}
    return Source(launcher, files, f"{name}.py", Limits(memory_bytes=512 << 20))


@pytest.fixture(scope="module")
def calibration(launcher: ZygoteLauncher, workload: Workload) -> Calibration:
    rng = np.random.default_rng()
    null = Source(launcher, {"mlp.py": workload.null_source(workload.inputs(rng))}, "mlp.py", Limits())
    return calibrate(workload, source(launcher, "honest").open, null.open, rng, SHORT)


@pytest.fixture(scope="module")
def measure(launcher: ZygoteLauncher, workload: Workload, calibration: Calibration) -> Measure:
    honest = source(launcher, "honest")

    def measured(name: str) -> tuple[Comparison, Estimate]:
        rng = np.random.default_rng()
        found = compare(workload, source(launcher, name).open, honest.open, calibration, rng, SHORT)
        return found, estimated(found, calibration, rng)

    return measured


def test_every_probe_has_an_outcome() -> None:
    assert {file.stem for file in PROBES.glob("*.py")} == OUTCOMES.keys()


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_cheat_gains_nothing(
    name: str, measure: Measure, workload: Workload, calibration: Calibration
) -> None:
    for _ in range(TRIES):  # as in a session: a busy machine may give no figure
        outcome = _outcome(name, measure, workload, calibration)
        if outcome is not Verdict.INCONCLUSIVE:
            break
    assert (NO_GAIN if outcome is Verdict.INCONCLUSIVE else outcome) in OUTCOMES[name]


def _outcome(name: str, measure: Measure, workload: Workload, calibration: Calibration) -> object:
    try:
        found, estimate = measure(name)
        gate(found, estimate, calibration, SHORT)
    except NotMeasured as why:
        return why.verdict
    session = Session("a machine", True, 0.0, {}, {})
    if flags(TimedWorkload(workload, found, estimate, {"cpu_ms": 1.0}), session):
        return FLAGGED
    return NO_GAIN if estimate.theta > WORTH_IT else f"{math.exp(estimate.theta):.2f} of the honest time"


def test_the_measure_tells_twice_the_work_from_the_work(measure: Measure) -> None:
    _, estimate = measure("twice_the_work")
    assert estimate.theta > math.log(1.3)
