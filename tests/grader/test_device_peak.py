"""The peak of a device: of this machine for real, in a sandbox; the arithmetic on a clock of the test's."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from grader import device_peak as module
from grader.device_peak import SOURCE, TRIES, device_peak
from grader.sandbox.launch import open_launcher
from grader.sandbox.selftest import strongest
from grader.student import SandboxStudent
from suites.types import Answer, Call, Failure, Reply, Verdict

NAME = "peak.py"


def test_a_machines_peak_is_measured_in_a_sandbox() -> None:
    if find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    with (
        open_launcher(strongest().level, ("numpy", "torch")) as launcher,
        SandboxStudent(launcher, {NAME: SOURCE}, NAME) as student,
    ):
        operations, moved = device_peak(student)
    assert 1e9 < operations < 1e15
    assert 1e8 < moved < 1e14


class Here:
    """The source in this process, or whatever else answers in its place."""

    def __init__(self, functions: dict[str, Any]) -> None:
        self.functions = functions
        self.asked: list[tuple[Any, ...]] = []

    def ask(self, *calls: Call) -> list[Answer]:
        (call,) = calls
        self.asked.append((call.do, *call.args))
        answer = self.functions[str(call.do)](*call.args)
        return [answer if isinstance(answer, Failure) else Reply((answer,))]


def test_the_best_of_several_counts_and_the_first_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    took = iter([9.0, 0.05, 0.044, 0.06, 0.07, 0.05, 0.001, 0.05, 0.04, 0.05, 0.05, 0.06])

    def works(size: int, times: int) -> None:
        nonlocal now
        now += next(took)

    monkeypatch.setattr(module.time, "perf_counter", lambda: now)
    student = Here({"device": lambda: "cuda", "product": works, "copy": works})
    operations, moved = device_peak(student)  # type: ignore[arg-type] - only asked
    assert operations == pytest.approx(2 * 2 * 8192**3 / 0.044)
    assert moved == pytest.approx(2 * 40 * 2**30 / 0.04)
    once = [("product", 8192, 2)] * (TRIES + 1) + [("copy", 1 << 30, 40)] * (TRIES + 1)
    assert student.asked == [("device",), *once]


def test_what_gives_no_peak_is_an_error() -> None:
    failed = Failure(Verdict.ERROR, "raised ModuleNotFoundError")
    for functions, says in (
        ({"device": lambda: failed}, "ModuleNotFoundError"),
        ({"device": lambda: "abacus"}, "no name that is known"),
        ({"device": lambda: ["cuda"]}, "no name that is known"),
        ({"device": lambda: "cpu", "product": lambda n, times: failed}, "ModuleNotFoundError"),
    ):
        with pytest.raises(OSError, match=says):
            device_peak(Here(functions))  # type: ignore[arg-type] - only asked


def test_a_gpus_peak_is_beyond_a_processors() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    functions: dict[str, Any] = {}
    exec(SOURCE, functions)
    assert functions["device"]() == "cuda"
    operations, moved = device_peak(Here(functions))  # type: ignore[arg-type] - only asked
    assert 1e12 < operations < 1e15
    assert 5e10 < moved < 1e14
