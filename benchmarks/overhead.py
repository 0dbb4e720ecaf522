"""What a batch adds to the same work done directly: sandboxes, wire, processes, store. CPU time, by stage.

    python -m benchmarks.overhead [--assignment mlp] [--submissions 200] [--rounds 3]

Directly: one warm process imports each of the same submissions, calls the same functions on copies of the
same inputs and judges what they return with the same code. That is what a grader must do which trusts
everybody. The batch is counted whole, start and store included, by a cgroup over all its processes; rounds
alternate, for a busy machine slows both.

The bar is 1.5 times the direct way and 12 ms more. It can be read two ways, and both are shown: the direct
way with import and judging, which no grader is spared, and the calls alone.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import assignments
from benchmarks.batch import (
    MOST_CPU_MS,
    cpu_of,
    make_class,
    own_cgroup,
    run_batch_counted,
    run_counted,
    write_bytecode,
)
from grader.intake import Submission, discover
from grader.judge import grade, judge_answers
from grader.plan import make_plan
from grader.planned import Plan
from grader.sandbox.launch import open_launcher
from grader.sitting import SandboxSitting
from grader.student import SandboxStudent
from grader.worker import submission as imported
from suites.questions import ask_cases, questions_of
from suites.types import Answer, Call, Ref, Reply

SEED = b"overhead".ljust(32)
TIMES, MORE_MS = 1.5, 12.0
SMALL = 20  # a class whose cost is mostly the start
STAGED = 40  # submissions a stage and round
DIRECT = ("import", "calls", "judging")
STAGES = ("sandbox", "import", "calls and wire", "judging")
SETTLE_S = 0.05


class DirectStudent:
    """A submission in this very process: nothing is confined and nothing is believed less for it."""

    def __init__(self, submission: Submission) -> None:
        self._files = imported.Submission(submission.files, submission.main)
        self._kept: dict[str, Any] = {}
        self._files.load()

    def ask(self, *calls: Call) -> list[Answer]:
        """Call; copies go in and copies come out, for some submissions change their arguments in place."""
        return [self._answer(call) for call in calls]

    def close(self) -> None:
        """Forget its modules."""
        self._files.remove()

    def _answer(self, call: Call) -> Answer:
        args = [self._kept[arg.name] if isinstance(arg, Ref) else _copied(arg) for arg in call.args]
        assert isinstance(call.do, str)
        returned = getattr(self._files.module, call.do)(*args)
        values = []
        for ref, value in zip(call.results, returned if len(call.results) > 1 else (returned,), strict=True):
            if ref is None:
                values.append(_copied(value))
            else:
                self._kept[ref.name] = value
        return Reply(tuple(values), tuple(args[position] for position in call.echo))


def _copied(value: Any) -> Any:
    return value.copy(order="K") if isinstance(value, np.ndarray) else value


def measure_directly(plan: Plan, submissions: list[Submission]) -> dict[str, float]:
    """CPU milliseconds a submission of each step, after one round to warm up."""
    questions = [questions_of(case) for case in plan.all_cases]
    calls = [call for some in questions for call in some]
    spent = dict.fromkeys(DIRECT, 0.0)
    for _ in range(2):
        spent = dict.fromkeys(DIRECT, 0.0)
        for submission in submissions:
            with _timed(spent, "import"), contextlib.redirect_stdout(io.StringIO()):
                student = DirectStudent(submission)
            with _timed(spent, "calls"), contextlib.redirect_stdout(io.StringIO()):
                answers = iter(student.ask(*calls))
            with _timed(spent, "judging"):
                seen = ask_cases(_Answered(answers), plan.all_cases, questions)
                findings = judge_answers(plan, seen, student)
            student.close()
            assert all(f.credit == 1 for f in findings if f.points), submission.student
    return {name: 1e3 * seconds / len(submissions) for name, seconds in spent.items()}


class _Answered:
    """A student whose answers are there already."""

    def __init__(self, answers: Iterator[Answer]) -> None:
        self._answers = answers

    def ask(self, *calls: Call) -> list[Answer]:
        """The next answers."""
        return [next(self._answers) for _ in calls]


@contextlib.contextmanager
def _timed(spent: dict[str, float], name: str) -> Iterator[None]:
    started = time.process_time()
    yield
    spent[name] += time.process_time() - started


def measure_stages(plan: Plan, submissions: list[Submission], group: Path) -> dict[str, float]:
    """CPU milliseconds that each stage of grading adds, the zygote and its runs included."""
    whole: dict[str, float] = {}
    with open_launcher("namespace", plan.packages) as launcher:

        def opened(submission: Submission) -> None:
            with launcher.open(plan.limits):
                pass

        def loaded(submission: Submission) -> None:
            with _asked(submission) as student:
                student.ask(Call("no_such_function"))

        def answered(submission: Submission) -> None:
            with _asked(submission) as student:
                ask_cases(student, plan.all_cases, plan.questions)

        def judged(submission: Submission) -> None:
            grade(plan, submission, launcher)

        def _asked(submission: Submission) -> contextlib.AbstractContextManager[SandboxStudent]:
            return SandboxSitting(launcher, submission, plan.limits).open()

        steps: tuple[Callable[[Submission], None], ...] = (opened, loaded, answered, judged)
        for name, step in zip(STAGES, steps, strict=True):
            step(submissions[0])
            time.sleep(SETTLE_S)  # the last run is being cleared away
            before = cpu_of(group)
            for submission in submissions:
                step(submission)
            time.sleep(SETTLE_S)
            whole[name] = 1e3 * (cpu_of(group) - before) / len(submissions)
    before_it = (0.0, *whole.values())
    return {name: whole[name] - less for name, less in zip(STAGES, before_it, strict=False)}


def in_child(assignment: str, folder: Path, *, staged: bool) -> None:
    """Measure one way and print it as JSON."""
    plan = make_plan(assignments.find(assignment), SEED)
    submissions = [found.read(plan.submit) for found in discover(folder, plan.submit)]
    if staged:
        group = own_cgroup()
        assert group is not None, "this needs a cgroup of its own"
        (group / "cgroup.procs").write_text(str(os.getpid()))
        measured = measure_stages(plan, submissions[:STAGED], group)
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))
        group.rmdir()
    else:
        measured = measure_directly(plan, submissions)
    print("\n" + json.dumps(measured))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--assignment", default="mlp", choices=sorted(MOST_CPU_MS))
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        in_child(args.assignment, Path(args.child[1]), staged=args.child[0] == "stages")
        return 0
    return compare(args.assignment, args.submissions, args.rounds)


def compare(assignment: str, count: int, rounds: int) -> int:
    write_bytecode()
    direct: list[dict[str, float]] = []
    stages: list[dict[str, float]] = []
    large: list[float] = []
    small: list[float] = []
    me = [sys.executable, "-m", "benchmarks.overhead", "--assignment", assignment, "--child"]
    with tempfile.TemporaryDirectory() as base:
        whole, few = Path(base) / "class", Path(base) / "few"
        make_class(whole, assignment, count)
        make_class(few, assignment, SMALL)
        for _ in range(rounds):
            direct.append(run_counted([*me, "direct", str(whole)])[0])
            large.append(1e3 * run_batch_counted(whole, assignment)[1])
            stages.append(run_counted([*me, "stages", str(whole)])[0])
            small.append(1e3 * run_batch_counted(few, assignment)[1])
    each = [(a - b) / (count - SMALL) for a, b in zip(large, small, strict=True)]
    start = [(a - count * e) / count for a, e in zip(large, each, strict=True)]
    return report(assignment, count, direct, stages, [a / count for a in large], start, each)


def report(
    assignment: str,
    count: int,
    direct: list[dict[str, float]],
    stages: list[dict[str, float]],
    batch: list[float],
    start: list[float],
    each: list[float],
) -> int:
    print(f"{assignment}, {count} right submissions; ms of CPU a submission")
    print(f"{'':44}{'median':>8}{'min':>8}{'max':>8}")
    for name in DIRECT:
        print(row(f"directly: {name}", [d[name] for d in direct]))
    alone, all_of_it = [d["calls"] for d in direct], [sum(d.values()) for d in direct]
    print(row("directly, all of it", all_of_it))
    print(row("batch: start (plan, judges, zygotes)", start))
    for name in STAGES:
        print(row(f"batch: {name}", [s[name] for s in stages]))
    rest = [e - sum(s.values()) for e, s in zip(each, stages, strict=True)]
    print(row("batch: intake, queue, store", rest))
    print(row("batch, all of it", batch))
    met = True
    for what, base in (("import, calls and judging", all_of_it), ("calls alone", alone)):
        bar, ours = TIMES * statistics.median(base) + MORE_MS, statistics.median(batch)
        ratio = ours / statistics.median(base)
        holds = ours <= bar
        print(f"against {what}: {ratio:.1f} times; bar {bar:.1f} ms: {'met' if holds else 'MISSED'}")
        met = met and (holds or base is alone)
    return 0 if met else 1


def row(name: str, values: list[float]) -> str:
    return f"{name:44}{statistics.median(values):8.2f}{min(values):8.2f}{max(values):8.2f}"


if __name__ == "__main__":
    sys.exit(main())
