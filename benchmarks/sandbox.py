"""What a sandbox costs: a fresh confined run at every level, and each further call in it.

A run is: open, load a small submission, one call with 1000 float64 (there and back), close. `process` is
the same without walls, the fork alone; the ratio is to it. Levels take turns: a busy machine is fair to all.

    python -m benchmarks.sandbox [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import ExitStack

import numpy as np

from grader.sandbox.launch import SandboxError, ZygoteLauncher, open_launcher
from grader.sandbox.levels import Level
from grader.student import SandboxStudent
from suites.types import Call, Reply

SUBMISSION = {"hw.py": "def double(x):\n    return 2 * x\n"}
X = np.linspace(0.0, 1.0, 1000)
CALLS = 400
WARM_UP = 5
BAR_RUN_MS = 9.0
BAR_CALL_MS = 0.03


def run_ms(launcher: ZygoteLauncher) -> float:
    """One fresh run."""
    started = time.perf_counter()
    with SandboxStudent(launcher, SUBMISSION, "hw.py") as student:
        (answer,) = student.ask(Call("double", (X,)))
    elapsed = time.perf_counter() - started
    assert isinstance(answer, Reply)
    return elapsed * 1e3


def further_call_ms(launcher: ZygoteLauncher) -> float:
    """What a call adds when it rides in an ask with others, in a sandbox that is warm."""
    with SandboxStudent(launcher, SUBMISSION, "hw.py") as student:
        student.ask(Call("double", (X,)))
        started = time.perf_counter()
        student.ask(Call("double", (X,)))
        one = time.perf_counter()
        answers = student.ask(*[Call("double", (X,))] * CALLS)
        many = time.perf_counter()
    assert all(isinstance(answer, Reply) for answer in answers)
    return ((many - one) - (one - started)) / (CALLS - 1) * 1e3


def quartiles(values: list[float]) -> tuple[float, float, float]:
    low, middle, high = statistics.quantiles(values, n=4)
    return low, middle, high


def main(rounds: int) -> None:
    with ExitStack() as stack:
        launchers: dict[str, ZygoteLauncher] = {}
        for level in Level:
            try:
                launchers[level.name] = stack.enter_context(open_launcher(level))
            except SandboxError as error:
                print(f"{level.name}: left out: {error}")
        runs: dict[str, list[float]] = {name: [] for name in launchers}
        calls: dict[str, list[float]] = {name: [] for name in launchers}
        for number in range(WARM_UP + rounds):
            for name, launcher in launchers.items():
                run, call = run_ms(launcher), further_call_ms(launcher)
                if number >= WARM_UP:
                    runs[name].append(run)
                    calls[name].append(call)
    print(f"{rounds} rounds; milliseconds, median (quartiles)")
    print(f"{'level':10} {'fresh run':>22} {'to process':>11} {'further call':>26}")
    base = statistics.median(runs["process"])
    for name in launchers:
        low, middle, high = quartiles(runs[name])
        call_low, call, call_high = quartiles(calls[name])
        print(
            f"{name:10} {middle:7.2f} ({low:5.2f} {high:6.2f}) {middle / base:10.2f}x"
            f" {call:10.4f} ({call_low:.4f} {call_high:.4f})"
        )
    worst_run = max(statistics.median(values) for values in runs.values())
    worst_call = max(statistics.median(values) for values in calls.values())
    for what, value, bar in (("fresh run", worst_run, BAR_RUN_MS), ("further call", worst_call, BAR_CALL_MS)):
        print(f"{what}: {value:.3f} ms, bar {bar} ms: {'met' if value <= bar else 'MISSED'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
