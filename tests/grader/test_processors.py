"""What is timed on. What nvidia-smi prints is recorded; where there is a GPU, a submission is timed on it."""

import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import assignments
from grader import processors
from grader.bench import Bench
from grader.intake import read_submission
from grader.processors import OneCore, OneGpu, processor
from grader.sandbox.docker.engine import EngineError
from suites.speed import OVERALL, UNIT_ON_A_GPU
from suites.types import Verdict
from suites.yardstick import ON_A_GPU

GPU = "GPU-7, NVIDIA H100 80GB HBM3, 81559, 0"


@pytest.fixture
def machine(nvidia_smi: Callable[[str], Path]) -> Path:
    """A machine with one GPU, whose clock, of 1980 MHz, stands in the file `clock`."""
    return nvidia_smi(f"""case "$*" in
    *uuid*) echo '{GPU}';;
    *driver_version*) echo '550.54, 700.00, 1980, 1980, 2619, 2619';;
    *clocks.sm*) echo "$(cat clock), 1980";;
esac""")


def test_a_gpu_below_its_clock_is_given_a_pause(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(processors, "PAUSE_S", 0.0)
    gpu: Any = processor("cuda", told.append)
    gpu.take(object())
    assert gpu.device() == "NVIDIA H100 80GB HBM3"
    assert told[-1].startswith("On a NVIDIA H100 80GB HBM3: driver 550.54, power_limit_w 700.0")
    for clock, steady in (("1980", True), ("1584", True), ("1583", False), ("[N/A]", True)):
        (machine / "clock").write_text(clock)
        assert gpu.steady() is steady
    assert told[1:] == ["The GPU runs at 80% of its clock: waiting 0 s"]


def test_the_gpu_of_a_launcher_is_the_one_that_counts(machine: Path) -> None:
    class Launcher:
        gpu = type("Gpu", (), {"id": "GPU-8", "name": "another"})

    gpu: Any = OneGpu()
    gpu.take(Launcher())
    assert gpu.device() == "another"


def test_where_there_is_none_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    gpu: Any = OneGpu()
    with pytest.raises(EngineError, match="no GPU that could be used: there is no nvidia-smi"):
        gpu.take(object())


def test_a_core_keeps_its_speed() -> None:
    core = processor("cpu")
    assert isinstance(core, OneCore)
    assert core.steady()


def _measured(protocol: Any, size: int | None = None) -> Any:
    """`descent`, its reference timed beside itself; on a smaller problem where that is asked for."""
    folder = assignments.find("descent")
    declared = assignments.load(folder)
    (workload,) = declared.workloads
    if size is not None:
        declared = replace(declared, workloads=(replace(workload, size=size),))
    submission = read_submission(folder / workload.reference, declared.submit)
    with Bench(declared, folder, "process", official=False, protocol=protocol) as session:
        return [*session.measure(submission), session.prepared[workload.name].workload]


def test_the_protocol_of_a_gpu_runs_from_end_to_end(
    machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By what passes here, in real sandboxes. Where torch finds no GPU it computes on the processor."""
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (machine / "clock").write_text("1980")
    brief = replace(
        ON_A_GPU, least_call_s=4e-3, block_s=4e-3, settle_s=0.1, pairs=2, launches=2, most_launches=2,
        most_pipe=0.3, widest=math.inf, budget_s=60.0,
    )  # fmt: skip
    steps, whole, timed = _measured(brief, size=48)
    assert whole.tensor == OVERALL
    measurement = steps.measurement
    assert measurement is not None
    assert (measurement.unit, measurement.device) == (UNIT_ON_A_GPU, "NVIDIA H100 80GB HBM3")
    assert timed.depth > 1
    if steps.verdict is Verdict.INCONCLUSIVE:  # on a machine as busy as a test's
        return
    assert steps.verdict is Verdict.PASS, steps.cause
    assert measurement.details["steps"] == timed.depth
    assert measurement.details["wall_ms"] > 1
    assert "growth" not in measurement.details


@pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="there is no GPU here")
def test_on_a_gpu_the_reference_is_as_fast_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    steps, whole, _ = _measured(None)
    assert whole.verdict is Verdict.PASS, steps.cause
    measurement = steps.measurement
    assert measurement.flags == ()
    assert measurement.low < 1.03
    assert measurement.high > 0.97
