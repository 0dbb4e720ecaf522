"""What a class costs: CPU and wall time a submission, beside the floor, and the coordinator's memory.

    python -m benchmarks.batch [--submissions 200] [--jobs 2] [--assignment batchnorm]

Right submissions of distinct content, the strongest sandbox that works here, the report excluded. CPU time
is that of all processes together, the coordinator, the judges, the zygotes, every sandbox: read from an own
cgroup (cpuacct, or cgroup v2) where this user may make one, else from the kernel's count of reaped children,
which misses the zygotes' launchers. Bars: at most 40 ms of CPU each (mlp: 45), and at least 4 times as fast
in wall time as the floor: one bare `python` a submission, one after another, that imports NumPy and calls
its first function once. The coordinator's peak memory is the same for 50 and for 500 submissions.
"""

import argparse
import compileall
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import assignments
from grader.threads import ONE_THREAD

MOST_CPU_MS = {"batchnorm": 40.0, "mlp": 45.0}
LEAST_SPEED_UP = 4.0
FLOOR_SAMPLE = 40
ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("assay", "reports", "grader", "assignments", "suites", "reference")
MOST_GROWTH_MB = 8.0

FLOOR = {
    "batchnorm": "s.batchnorm_forward(np.random.normal(size=(7, 5)), np.ones(5), np.zeros(5), 1e-5)",
    "mlp": "s.affine_forward(np.random.normal(size=(7, 5)), np.ones((5, 3)), np.zeros(3))",
}


def make_class(folder: Path, assignment: str, count: int) -> None:
    """`count` right submissions, no two alike: the solutions in turn, each with a line of its own."""
    sources = sorted((assignments.find(assignment) / "solutions").glob("*.py"))
    folder.mkdir()
    for i in range(count):
        text = sources[i % len(sources)].read_text(encoding="utf-8")
        (folder / f"student{i:04d}.py").write_text(f"{text}\nMARK = {i}\n", encoding="utf-8")


def write_bytecode() -> None:
    """Write the bytecode of every room, as an installation does."""
    for room in ROOMS:
        compileall.compile_dir(ROOT / room, quiet=2)


def judge_alike() -> None:
    """Start this program again with one thread a library, as every judge has, unless it has.

    More of them burn CPU time while they wait for each other, and NumPy asks when it is imported.
    """
    if not ONE_THREAD.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **ONE_THREAD})


# --------------------------------------------------------------------------- CPU of a whole process tree


def own_cgroup() -> Path | None:
    """A fresh cgroup that counts CPU time, or None where this user may not make one."""
    for root in (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")):
        group = root / f"assay-benchmark-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / "cgroup.procs").exists():
            return group
        group.rmdir()
    return None


def cpu_of(group: Path) -> float:
    """CPU seconds that the cgroup has used."""
    if (group / "cpuacct.usage").exists():
        return int((group / "cpuacct.usage").read_text()) / 1e9
    first = (group / "cpu.stat").read_text().split("\n")[0]
    return int(first.split()[1]) / 1e6


def run_counted(command: list[str]) -> tuple[dict[str, float], float]:
    """Run a command in a cgroup of its own: the JSON it prints last, and the CPU seconds of all it starts.

    It has one thread a library, as every command of Assay.
    """
    group = own_cgroup()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    def enter() -> None:
        if group is not None:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    one = {**os.environ, **ONE_THREAD}
    done = subprocess.run(command, preexec_fn=enter, stdout=subprocess.PIPE, env=one, check=True)
    measured: dict[str, float] = json.loads(done.stdout.decode().splitlines()[-1])
    if group is None:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return measured, (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    while (group / "cgroup.procs").read_text():  # the last zygotes are leaving
        time.sleep(0.01)
    cpu = cpu_of(group)
    group.rmdir()
    return measured, cpu


def run_batch_counted(
    submissions: Path, assignment: str = "batchnorm", jobs: int = 2
) -> tuple[dict[str, float], float]:
    """Grade a class in a process of its own: what it measured, and the CPU seconds of its whole tree."""
    command = [sys.executable, "-m", "benchmarks.batch", "--assignment", assignment, "--jobs", str(jobs)]
    return run_counted([*command, "--child", str(submissions)])


def grade_once(assignment: str, submissions: Path, jobs: int) -> None:
    """In the child: grade, and print wall seconds and peak memory of this coordinator as JSON."""
    from assay.grading import choose_level
    from grader.batch import run_batch
    from grader.intake import discover
    from grader.plan import make_plan

    level = choose_level("auto", None, trust=False)
    with tempfile.TemporaryDirectory() as run:
        started = time.perf_counter()
        plan = make_plan(assignments.find(assignment), b"benchmark".ljust(32))
        found = discover(submissions, plan.submit)
        info = run_batch(found, plan, Path(run), level=level, jobs=jobs)
        wall = time.perf_counter() - started
    assert info.counts["graded"] == len(found), info.counts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "peak_mb": peak, "level": level}))


# --------------------------------------------------------------------------- the floor


def floor_ms(submissions: Path, assignment: str) -> list[float]:
    """Wall milliseconds of a bare python that imports NumPy and calls the function once, one by one."""
    times = []
    for file in sorted(submissions.glob("*.py"))[:FLOOR_SAMPLE]:
        code = (
            f"import sys; sys.path.insert(0, {str(file.parent)!r}); import numpy as np; "
            f"import {file.stem} as s; {FLOOR[assignment]}"
        )
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(1e3 * (time.perf_counter() - started))
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--assignment", default="batchnorm", choices=sorted(MOST_CPU_MS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        grade_once(args.assignment, args.child, args.jobs)
        return 0
    return compare(args)


def compare(args: argparse.Namespace) -> int:
    write_bytecode()
    with tempfile.TemporaryDirectory() as base:
        classes = {n: Path(base) / f"class{n}" for n in {50, args.submissions, 500}}
        for n, folder in classes.items():
            make_class(folder, args.assignment, n)
        runs, floors = [], []
        for _ in range(args.repeats):  # side by side: a busy machine slows both
            runs.append(run_batch_counted(classes[args.submissions], args.assignment, args.jobs))
            floors += floor_ms(classes[args.submissions], args.assignment)
        small, _ = run_batch_counted(classes[50], args.assignment, args.jobs)
        large, _ = run_batch_counted(classes[500], args.assignment, args.jobs)
    cpu = [1e3 * c / args.submissions for _, c in runs]
    wall = [1e3 * m["wall"] / args.submissions for m, _ in runs]
    speed_up = statistics.median(floors) / statistics.median(wall)
    growth = large["peak_mb"] - small["peak_mb"]
    bar = MOST_CPU_MS[args.assignment]
    print(f"{args.assignment}, {args.submissions} right submissions, {runs[0][0]['level']}, {args.jobs} jobs")
    print(f"{'':42}{'median':>9}{'min':>9}{'max':>9}   bar")
    print(row("CPU a submission, all processes (ms)", cpu) + f"   <= {bar:g}")
    print(row("wall a submission (ms)", wall))
    print(row("floor: bare python, one call (ms)", floors))
    print(f"{'floor / ours':42}{speed_up:9.1f}{'':18}   >= {LEAST_SPEED_UP:g}")
    print(
        f"{'coordinator, 50 and 500 submissions (MB)':42}{small['peak_mb']:9.1f}{large['peak_mb']:9.1f}"
        f"{growth:+9.1f}   <= +{MOST_GROWTH_MB:g}"
    )
    met = statistics.median(cpu) <= bar and speed_up >= LEAST_SPEED_UP and growth <= MOST_GROWTH_MB
    return 0 if met else 1


def row(name: str, values: list[float]) -> str:
    return f"{name:42}{statistics.median(values):9.1f}{min(values):9.1f}{max(values):9.1f}"


if __name__ == "__main__":
    sys.exit(main())
