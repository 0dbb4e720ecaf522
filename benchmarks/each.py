"""What one submission of each assignment costs: CPU time, whatever the number of its parameters.

    python -m benchmarks.each [--rounds 5] [NAME ...]

Every solution of every assignment that measures nothing is graded by one judge in the strongest sandbox that
works here, with the packages that the assignment offers, in rounds; those that need PyTorch where it is
installed. Counted is the CPU time of all processes together: judge, zygote, launcher, sandboxes, from a
cgroup of its own (else the judge's and what the sandboxes report, without the launchers). Sealing is not
counted: it is done once a class. Bar: at most 150 ms each.

Exit status 1 if an assignment misses the bar.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import assignments
from benchmarks.batch import cpu_of, judge_alike, own_cgroup
from grader.intake import Submission, read_submission
from grader.judge import grade
from grader.plan import make_plan
from grader.planned import Plan
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Launcher
from suites.assignment import Part
from suites.subjects import Tried

MOST_MS = 150.0
LEVELS = ("namespace", "landlock", "seccomp", "process")


def strongest(packages: tuple[str, ...]) -> Launcher:
    for level in LEVELS:
        try:
            return open_launcher(level, packages)
        except OSError:
            continue
    raise SystemExit("no sandbox works here")


def counted(group: Path | None) -> Callable[[], float]:
    """CPU seconds of this process and all below it so far."""
    if group is None:
        return time.process_time
    (group / "cgroup.procs").write_text(str(os.getpid()))
    return lambda: cpu_of(group)


def cost_ms(plan: Plan, submission: Submission, launcher: Launcher, clock: Callable[[], float]) -> float:
    before = clock()
    record = grade(plan, submission, launcher)
    spent = clock() - before
    if clock is time.process_time:
        spent += record.cpu_seconds
    assert record.score == record.max_score, f"{plan.assignment}: {submission.name} is not right"
    return 1000 * spent


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the CPU time of one submission of each assignment.")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    judge_alike()
    clock = counted(own_cgroup())
    usual = strongest(("numpy",))
    print(f"{usual.level}, {chosen.rounds} rounds\n")
    print("| assignment | parts | cases | solutions | median | slowest solution |\n|---|---|---|---|---|---|")
    missed = []
    for name, folder in assignments.bundled():
        parts = assignments.load(folder).parts
        measured = not all(isinstance(part, (Part, Tried)) for part in parts)
        if measured or (chosen.names and name not in chosen.names):
            continue
        plan = make_plan(folder, b"a fixed seed")
        launcher = usual if plan.packages == ("numpy",) else strongest(plan.packages)
        found = [read_submission(path, plan.submit) for path in assignments.solutions(folder)]
        for submission in found:  # once, so that nothing is made for the first time while it is counted
            cost_ms(plan, submission, launcher, clock)
        costs = {s.name: [cost_ms(plan, s, launcher, clock) for _ in range(chosen.rounds)] for s in found}
        medians = {s: statistics.median(c) for s, c in costs.items()}
        slowest = max(medians, key=lambda s: medians[s])
        middle = statistics.median(c for each in costs.values() for c in each)
        row = f"{len(parts)} | {len(plan.all_cases)} | {len(found)} | {middle:.0f} ms"
        print(f"| {name} | {row} | {medians[slowest]:.0f} ms, {slowest} |", flush=True)
        if middle > MOST_MS:
            missed.append(name)
        if launcher is not usual:
            launcher.close()
    usual.close()
    print("\n" + (f"MISSED the bar of {MOST_MS:g} ms: {', '.join(missed)}" if missed else "No bar missed."))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
