"""SIGKILL to the coordinator at random moments of a batch: what is graded stays, and nothing is graded twice.

A class is graded once undisturbed. Then again, into new run folders, by a command that is killed at a moment
drawn uniformly from its whole life and started again, until all is graded, or some kills later; then it is
let through. Every run must end with one attempt a student, the gradebook of the undisturbed run to the byte,
its findings, and no process.

    python -m benchmarks.kills [kills [level]]     50 at namespace unless said
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

import assignments
from grader.store import Store

ASSIGNMENT = "batchnorm"
COPIES = 2
KILLS_A_RUN = 5
PR_SET_CHILD_SUBREAPER = 36
GONE_S = 20.0


class Course:
    """A class in a folder, and the command that grades it."""

    def __init__(self, folder: Path, level: str) -> None:
        self.folder, self.level = folder, level
        self.students = 0
        (folder / "class").mkdir()
        (folder / "seed").write_bytes(b"the same for all runs, of course")
        for solution in sorted((assignments.find(ASSIGNMENT) / "solutions").glob("*.py")):
            right = solution.read_text(encoding="utf-8")
            for number in range(COPIES):
                # Every other one is wrong in some way, so that the scores differ.
                source = right.replace("mean", "sum", number % 2)
                (folder / "class" / f"{solution.stem}_{number}.py").write_text(f"{source}\n# {number}\n")
                self.students += 1

    def start(self, run: Path) -> subprocess.Popen[bytes]:
        """The command, grading into a run folder."""
        command = [sys.executable, "-m", "assay", "grade", ASSIGNMENT, str(self.folder / "class")]
        options = ["--out", str(run), "--seed-file", str(self.folder / "seed"), "--sandbox", self.level]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([*command, *options, "--i-trust-these-submissions"], **quiet)  # type: ignore[call-overload,no-any-return]

    def finish(self, run: Path) -> float:
        """Let the command through; how long it took."""
        began = time.monotonic()
        if code := self.start(run).wait():
            raise SystemExit(f"assay grade ended with {code}")
        return time.monotonic() - began

    def outcome(self, run: Path) -> tuple[bytes, list[object]]:
        """The gradebook, and what was found of each student."""
        with Store(run / "results.sqlite", create=False) as store:
            found = [
                (each.student, each.score, [(f.tensor, f.tier, f.verdict, f.score) for f in each.findings])
                for each in store.latest()
            ]
        return (run / "gradebook.csv").read_bytes(), [*found]

    def attempts(self, run: Path) -> int:
        """How many gradings the run holds."""
        if not (run / "results.sqlite").exists():
            return 0
        with Store(run / "results.sqlite", create=False) as store:
            return store.last_attempt()


def disturbed(
    course: Course, run: Path, kills: int, life_s: float, randomness: random.Random
) -> Counter[str]:
    """Kill the command so often, or until all is graded, then let it through; where it was each time."""
    seen: Counter[str] = Counter()
    for _ in range(kills):
        process = course.start(run)
        try:
            process.wait(randomness.uniform(0, life_s))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        wait_for_orphans()
        done = course.attempts(run)
        where = "before the first" if not done else "among" if done < course.students else "after the last"
        if process.returncode:
            seen[where] += 1
        if done == course.students:
            break
    course.finish(run)
    wait_for_orphans()
    return seen


def adopt_orphans() -> None:
    """Become the parent of what the killed leave behind."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    """Wait until no process is left; SystemExit where one stays."""
    deadline = time.monotonic() + GONE_S
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.01)
        except ChildProcessError:
            return
    raise SystemExit("a process outlives the coordinator")


def main(kills: int = 50, level: str = "namespace") -> int:
    adopt_orphans()
    randomness = random.Random(0)
    seen: Counter[str] = Counter()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder), level)
        life_s = course.finish(Path(folder, "undisturbed"))
        expected = course.outcome(Path(folder, "undisturbed"))
        for number in count():
            if seen.total() >= kills:
                break
            run = Path(folder, f"run{number}")
            seen += disturbed(course, run, min(KILLS_A_RUN, kills - seen.total()), life_s, randomness)
            once = course.attempts(run) == course.students
            alike = course.outcome(run) == expected
            bad += not (once and alike)
            gradings = f"{course.attempts(run)} gradings of {course.students} students"
            said = "alike" if alike else "DIFFER"
            print(
                f"run {number}, {seen.total()} kills: {gradings}, gradebook and findings {said}", flush=True
            )
    where = ", ".join(f"{times} {words} grading" for words, times in seen.most_common())
    print(
        f"{seen.total()} kills at {level} ({where}): {'all as undisturbed' if not bad else f'{bad} runs BAD'}"
    )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(word) if word.isdigit() else word for word in sys.argv[1:3])))  # type: ignore[arg-type]
