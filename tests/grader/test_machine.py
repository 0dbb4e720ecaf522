import os
import stat
from pathlib import Path

import pytest

from grader import machine


@pytest.fixture(autouse=True)
def _asked_anew():
    machine.device_class.cache_clear()
    yield
    machine.device_class.cache_clear()


def test_a_processor_is_named_by_its_model_without_trademarks_and_clock_rates(tmp_path, monkeypatch):
    info = tmp_path / "cpuinfo"
    info.write_text(
        "processor\t: 0\nmodel name\t: Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz\n\nprocessor\t: 1"
    )
    monkeypatch.setattr(machine, "_CPU_INFO", info)
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    assert machine.device_class() == "Intel Core i7-8550U (x86_64)"


def test_a_processor_without_a_name_is_named_by_its_architecture(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "none")
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "riscv64")
    assert machine.device_class() == "riscv64"


def _smi(folder: Path, script: str) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


def test_a_gpu_is_named_by_its_model(tmp_path, monkeypatch):
    _smi(tmp_path, "echo 'NVIDIA H100 80GB HBM3'; echo 'NVIDIA H100 80GB HBM3'")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    assert machine.device_class("cuda") == "NVIDIA H100 80GB HBM3"


@pytest.mark.parametrize("script", ["exit 9", "echo"])
def test_a_gpu_that_is_not_there_is_said_so(script, tmp_path, monkeypatch):
    _smi(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    with pytest.raises(OSError, match="nvidia-smi"):
        machine.device_class("cuda")


def test_a_machine_without_the_tool_has_no_gpu(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match="no nvidia-smi"):
        machine.device_class("cuda")
