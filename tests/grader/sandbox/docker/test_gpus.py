"""GPUs: whose turn it is. What nvidia-smi prints is recorded; the locks are real."""

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.sandbox.docker import gpus
from grader.sandbox.docker.engine import EngineError
from grader.sandbox.docker.gpus import Occupancy
from grader.sandbox.docker.launcher import DockerLauncher
from grader.sandbox.levels import Level
from grader.sandbox.types import Limits

TWO = "GPU-1, NVIDIA H100 80GB HBM3, 81559, 0\nGPU-2, NVIDIA H100 80GB HBM3, 81559, 2048\n"
IN_USE = TWO.replace("81559, 0", "81559, 4096")


@pytest.fixture
def machine(nvidia_smi: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose nvidia-smi prints what stands in the file `says`, in the form that the real one has."""
    tmp_path = nvidia_smi("cat says")
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
    (machine / "says").write_text(IN_USE)
    with pytest.raises(EngineError, match="somebody holds 4096 MiB"):
        first.wait_until_free()


def test_no_gpu_is_one_sentence(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "says").write_text("No devices were found\n")
    with pytest.raises(EngineError, match="finds no GPU: No devices were found"):
        gpus.all_gpus()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="there is no nvidia-smi"):
        gpus.all_gpus()


def test_memory_that_is_not_told_is_no_gpu(machine: Path) -> None:
    (machine / "says").write_text("GPU-1, NVIDIA GB10, [N/A], [N/A]\n" + TWO.splitlines()[1])
    assert [gpu.id for gpu in gpus.all_gpus()] == ["GPU-2"]
    (machine / "says").write_text("GPU-1, NVIDIA GB10, [N/A], [N/A]\n")
    with pytest.raises(EngineError, match="finds no GPU that tells how much memory"):
        gpus.all_gpus()


def test_the_first_sandbox_on_a_gpu_waits_and_one_beside_it_does_not(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpus, "_FREE_S", 0.0)
    occupancy = Occupancy(gpus.all_gpus()[0])
    with occupancy.one_more():
        (machine / "says").write_text(IN_USE)
        with occupancy.one_more():
            pass
        with occupancy.one_more():
            pass
    for _ in range(2):  # what could not begin is not counted
        with pytest.raises(EngineError, match="somebody holds 4096 MiB"), occupancy.one_more():
            pass
    (machine / "says").write_text(TWO)
    with contextlib.suppress(KeyError), occupancy.one_more():
        raise KeyError
    (machine / "says").write_text(IN_USE)
    with pytest.raises(EngineError, match="somebody holds 4096 MiB"), occupancy.one_more():
        pass


def test_a_second_sandbox_does_not_begin_while_the_first_waits(machine: Path) -> None:
    occupancy = Occupancy(gpus.all_gpus()[0])
    (machine / "says").unlink()
    os.mkfifo(machine / "says")
    both = threading.Barrier(3, timeout=60.0)
    begun = threading.Semaphore(0)

    def sandbox() -> None:
        with occupancy.one_more():
            begun.release()
            both.wait()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(sandbox)
        with (machine / "says").open("w") as says:  # opens when the tool is asked: the first waits now
            second = threads.submit(sandbox)
            assert not begun.acquire(timeout=0.3)
            says.write(TWO)
        both.wait()  # both are open, and the tool, which would hang now, was asked once
        first.result()
        second.result()


@pytest.mark.usefixtures("tag")
def test_a_launcher_opens_two_sandboxes_on_one_gpu(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The containers are real; that a GPU is theirs is only said of them: the engine may have none."""
    monkeypatch.setattr(gpus, "_FREE_S", 0.0)
    with DockerLauncher(Level.docker) as launcher:
        launcher._occupancy = Occupancy(gpus.all_gpus()[0])
        with launcher.open(Limits()):
            (machine / "says").write_text(IN_USE)
            with launcher.open(Limits()) as beside:
                assert beside.cpu_ns() > 0
        with pytest.raises(EngineError, match="somebody holds 4096 MiB"), launcher.open(Limits()):
            pass
        (machine / "says").write_text(TWO)
        with launcher.open(Limits()) as alone:
            assert alone.cpu_ns() > 0
