"""GPUs: whose turn it is. What nvidia-smi prints is recorded; the locks are real."""

from pathlib import Path

import pytest

from grader.sandbox.docker import gpus
from grader.sandbox.docker.engine import EngineError

TWO = "GPU-1, NVIDIA H100 80GB HBM3, 81559, 0\nGPU-2, NVIDIA H100 80GB HBM3, 81559, 2048\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose nvidia-smi prints what stands in the file `says`, in the form that the real one has."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\ncat {tmp_path}/says\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "says").write_text(TWO)
    return tmp_path


def test_memory_is_reported(machine: Path) -> None:
    first, second = gpus.all_gpus()
    assert (first.id, first.name, first.memory_bytes, first.used_bytes) == (
        "GPU-1", "NVIDIA H100 80GB HBM3", 81559 << 20, 0,
    )  # fmt: skip
    assert second.used_bytes == 2048 << 20


def test_one_grader_a_gpu(machine: Path) -> None:
    with gpus.taken(2) as first:
        with gpus.taken(2) as second:
            assert (first.id, second.id) == ("GPU-1", "GPU-2")
            with pytest.raises(EngineError, match="hold all of the 2 GPUs"), gpus.taken(2):
                pass
        with gpus.taken(2) as again:
            assert again.id == "GPU-2"


def test_more_than_there_are_is_a_mistake(machine: Path) -> None:
    with pytest.raises(EngineError, match="--gpus is 3, but this machine has 2"):
        gpus.first_gpus(3)


def test_memory_that_stays_is_waited_for(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = gpus.all_gpus()
    first.wait_until_free()
    monkeypatch.setattr(gpus, "_FREE_S", 0.0)
    (machine / "says").write_text(TWO.replace("81559, 0", "81559, 4096"))
    with pytest.raises(EngineError, match="somebody holds 4096 MiB"):
        first.wait_until_free()


def test_no_gpu_is_one_sentence(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "says").write_text("No devices were found\n")
    with pytest.raises(EngineError, match="finds no GPU: No devices were found"):
        gpus.all_gpus()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="there is no nvidia-smi"):
        gpus.all_gpus()
