"""What an accuracy is worth: the same code graded under many secrets, and how long one grading takes.

    python -m benchmarks.accuracy [ASSIGNMENT] [--secrets 20] [--jobs 2] [--part open]

Under each secret the reference solution is graded as a submission is, in sandboxes, on problems of that
secret alone. Bars: 95 % intervals of at most ±0.3 percentage points, of which at least 17 in 20 cover the
mean over all secrets; a grading of train_mlp in 60 s on two cores. Exit status 1 if one is missed.
Wall time means something on an idle machine alone; CPU time stands beside it.
"""

from __future__ import annotations

import os

from grader.threads import ONE_THREAD

os.environ.update(ONE_THREAD)

import argparse
import platform
import statistics
import sys
import time

import numpy as np

import assignments
from grader.intake import read_submission
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Limits
from grader.sitting import SandboxSitting
from suites.seal import streams
from suites.training import training_parts

WIDEST, COVERED, GRADED_S = 0.3, 17 / 20, 60.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Measure the coverage and the width of accuracies' intervals."
    )
    parser.add_argument("assignment", nargs="?", default="train_mlp")
    parser.add_argument("--secrets", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", default="")
    chosen = parser.parse_args()
    folder = assignments.find(chosen.assignment)
    declared = assignments.load(folder)
    parts = [part for part in training_parts(declared) if chosen.part in ("", part.name)]
    print(f"{declared.title}, {chosen.secrets} secrets, {chosen.jobs} sandboxes at once, ", end="")
    print(f"NumPy {np.__version__}, {platform.machine()}, load {os.getloadavg()[0]:.1f}\n")
    submission = read_submission(folder / parts[0].reference, declared.submit)
    found: dict[str, list[tuple[float, float, float]]] = {part.name: [] for part in parts}
    walls, cpus = [], []
    with open_launcher("process", declared.packages) as launcher:
        for number in range(chosen.secrets):
            sitting = SandboxSitting(launcher, submission, Limits(memory_bytes=declared.memory), chosen.jobs)
            wall, cpu = time.perf_counter(), time.process_time()
            for part in parts:
                sealed = part.seal(streams(f"benchmark {number}".encode()))
                measured = sealed.judge(sitting)[-1].measurement
                assert measured is not None
                assert measured.value is not None
                found[part.name].append((measured.value, measured.low or 0.0, measured.high or 0.0))
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu + sitting.cpu_s)
            told = ", ".join(f"{name} {values[-1][0]:.2f}" for name, values in found.items())
            print(f"{number + 1} of {chosen.secrets}: {told}", file=sys.stderr, flush=True)
    missed = 0
    for name, values in found.items():
        pooled = statistics.fmean(value for value, _, _ in values)
        covered = sum(low <= pooled <= high for _, low, high in values)
        half = [(high - low) / 2 for _, low, high in values]
        bad = max(half) > WIDEST or covered < COVERED * len(values)
        missed += bad
        print(
            f"{name:8} pooled mean {pooled:.2f} %, intervals ±{statistics.median(half):.2f} "
            f"(widest ±{max(half):.2f}), {covered} of {len(values)} cover it{'  MISSED' if bad else ''}"
        )
    slow = statistics.median(walls) > GRADED_S
    print(
        f"a grading takes {statistics.median(walls):.1f} s ({min(walls):.1f} to {max(walls):.1f}), "
        f"{statistics.median(cpus):.1f} s of CPU time{'  MISSED' if slow else ''}"
    )
    return 1 if missed or slow else 0


if __name__ == "__main__":
    sys.exit(main())
