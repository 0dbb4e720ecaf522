"""A GPU's clock. What nvidia-smi prints is recorded: in the form that the real one has, N/A included."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from grader import nvidia_smi
from grader.gpu_clock import clock_share, described

GPU = "GPU-0c2f8a4e-6f5e-3a67-9c51-2b7f6d1c9e10"


@pytest.fixture
def machine(nvidia_smi: Callable[[str], Path]) -> Path:
    """A machine whose nvidia-smi prints the file `says`, and writes what it was asked into `asked`."""
    return nvidia_smi('echo "$@" > asked\ncat says')


@pytest.mark.parametrize(
    ("says", "share"),
    [
        ("1980, 1980\n", 1.0),
        ("345, 1980\n", 345 / 1980),
        ("0, 1980\n", 0.0),
        ("[N/A], 1980\n", None),
        ("1755, [N/A]\n", None),
        ("[Not Supported], [Not Supported]\n", None),
        ("[Unknown Error], 1980\n", None),
        ("1755, 0\n", None),
        ("nan, 1980\n", None),
        ("1755, inf\n", None),
        ("1755\n", None),
        ("1755, 1980\n1755, 1980\n", None),
        ("No devices were found\n", None),
        ("", None),
    ],
)
def test_the_share_of_the_clock_is_a_number_or_unknown(machine: Path, says: str, share: float | None) -> None:
    (machine / "says").write_text(says)
    assert clock_share(GPU) == share
    assert (machine / "asked").read_text() == (
        f"--id={GPU} --query-gpu=clocks.sm,clocks.max.sm --format=csv,noheader,nounits\n"
    )


def test_what_does_not_answer_is_unknown(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "nvidia-smi").write_text("#!/bin/sh\necho Unable to determine the handle >&2\nexit 15\n")
    assert clock_share(GPU) is None
    with pytest.raises(OSError, match="finds no GPU: Unable to determine the handle"):
        described(GPU)
    (machine / "nvidia-smi").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    monkeypatch.setattr(nvidia_smi, "_ASK_S", 0.1)
    assert clock_share(GPU) is None
    with pytest.raises(OSError, match="nvidia-smi does not answer"):
        described(GPU)
    monkeypatch.setenv("PATH", "/nowhere")
    assert clock_share(GPU) is None
    with pytest.raises(FileNotFoundError, match="there is no nvidia-smi"):
        described(GPU)


def test_a_record_has_what_is_known(machine: Path) -> None:
    (machine / "says").write_text("550.54.15, 700.00, 1755, 1980, 2619, 2619\n")
    assert described(GPU) == {
        "driver": "550.54.15",
        "power_limit_w": 700.0,
        "sm_mhz": 1755.0,
        "sm_max_mhz": 1980.0,
        "memory_mhz": 2619.0,
        "memory_max_mhz": 2619.0,
    }
    fields = "driver_version,power.limit,clocks.sm,clocks.max.sm,clocks.mem,clocks.max.mem"
    assert (machine / "asked").read_text() == (
        f"--id={GPU} --query-gpu={fields} --format=csv,noheader,nounits\n"
    )
    (machine / "says").write_text("550.54.15, [N/A], 1755, [N/A], [N/A], [N/A]\n")
    assert described(GPU) == {"driver": "550.54.15", "sm_mhz": 1755.0}


def test_a_real_gpu_tells_its_clock() -> None:
    tool = shutil.which("nvidia-smi")
    if tool is None or subprocess.run((tool, "-L"), capture_output=True, check=False).returncode:
        pytest.skip("there is no GPU here")
    (gpu, *_), *_ = nvidia_smi.asked("uuid")
    share = clock_share(gpu)
    assert share is None or 0 < share <= 1
    assert described(gpu)["driver"]
