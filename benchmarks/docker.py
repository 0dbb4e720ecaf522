"""Submissions a second in containers, beside cold hardened `docker run`s that only import NumPy.

    python -m benchmarks.docker [--submissions 24] [--shared 240] [--jobs 2] [--rounds 3] [--assignment mlp]

The peer starts a container a time, confined by the same flags on the same image, `jobs` at a time, and does
no more than `import numpy`. Ours grades a class of right submissions of distinct content from end to end, the
report excluded: at `docker` a container each, at `docker_shared` a container a worker, of which a class as
large as these has two a core unless it is told otherwise. Peer and ours take
turns, so that a busy machine slows both; what is compared is the ratio. Start-up, which a class pays once, is
taken out by the difference between a class and one three times as large; that the two rates are alike is what
"flat" means.

Bars, on two cores where the peer reaches 5.0 to 5.5 a second: docker at least 4 a second, so 0.8 of the
peer; docker_shared at least 50 a second, so 10 times the peer.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import assignments
from benchmarks.batch import make_class
from grader.batch import run_batch, workers_for
from grader.intake import discover
from grader.plan import make_plan
from grader.planned import Plan
from grader.sandbox.docker import image
from grader.sandbox.docker.engine import connect
from grader.sandbox.levels import level_named

LEAST_OF_PEER = {"docker": 0.8, "docker_shared": 10.0}
HARDENED = [
    "--network=none", "--read-only", "--tmpfs=/tmp:rw,nosuid,nodev,noexec,size=64m", "--cap-drop=ALL",
    "--security-opt=no-new-privileges:true", "--pids-limit=72", "--memory=1g", "--memory-swap=1g", "--cpus=1",
    "--ipc=private", "--init", "--log-driver=none", "--user=65533:65533",
]  # fmt: skip
IMPORT = "import sys; sys.path.append('/opt/assay/packages'); import numpy"


def peer_rate(tag: str, count: int, jobs: int) -> float:
    """Cold containers a second."""
    command = ["docker", "run", "--rm", *HARDENED, tag, "python3", "-I", "-S", "-B", "-c", IMPORT]

    def once(_: int) -> None:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    started = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(once, range(count)))
    return count / (time.perf_counter() - started)


def graded_s(plan: Plan, level: str, assignment: str, count: int, jobs: int) -> float:
    """Wall seconds to grade a class of `count`."""
    with tempfile.TemporaryDirectory() as base:
        make_class(Path(base) / "class", assignment, count)
        (Path(base) / "run").mkdir()
        found = discover(Path(base) / "class", plan.submit)
        started = time.perf_counter()
        workers = workers_for(level_named(level), jobs, count)
        info = run_batch(found, plan, Path(base) / "run", level=level, jobs=workers)
        seconds = time.perf_counter() - started
    assert info.counts["graded"] == count, info.counts
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--submissions", type=int, default=24, help="of the smaller class at docker")
    parser.add_argument("--shared", type=int, default=240, help="of the smaller class at docker_shared")
    parser.add_argument("--jobs", type=int, default=2, help="cores to use")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--levels", nargs="+", default=list(LEAST_OF_PEER), choices=list(LEAST_OF_PEER))
    parser.add_argument("--assignment", default="mlp")
    args = parser.parse_args()
    plan = make_plan(assignments.find(args.assignment), b"benchmark".ljust(32))
    client = connect()
    tag = image.build(client, image.Recipe.of(plan.packages), print)
    client.close()
    good = True
    sizes = {"docker": args.submissions, "docker_shared": args.shared}
    for level in args.levels:
        size = sizes[level]
        ratios = []
        for _ in range(args.rounds):
            before = peer_rate(tag, args.submissions, args.jobs)
            small = graded_s(plan, level, args.assignment, size, args.jobs)
            large = graded_s(plan, level, args.assignment, 3 * size, args.jobs)
            peer = statistics.fmean((before, peer_rate(tag, args.submissions, args.jobs)))
            rate = 2 * size / (large - small)
            ratios.append(rate / peer)
            print(
                f"{level:<14}{rate:7.2f} a second beside {peer:5.2f} of the peer: {rate / peer:5.2f}   "
                f"whole class of {size}: {size / small:.2f}, of {3 * size}: {3 * size / large:.2f} a second",
                flush=True,
            )
        ratio, least = statistics.median(ratios), LEAST_OF_PEER[level]
        good &= ratio >= least
        print(f"{level:<14}median ratio {ratio:.2f}, bar {least:g}: {'met' if ratio >= least else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
