"""What a thousand runs leave at each level: descriptors, processes, mounts, cgroups, files, shared memory.

python -m benchmarks.leaks [runs [level...]]     1000 at every level that works here, unless said
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path

from grader.sandbox.launch import SandboxError, open_launcher
from grader.sandbox.levels import Level, level_named
from grader.sandbox.types import Launcher, Limits
from grader.student import SandboxStudent
from suites.types import Call, Failure, Reply

SUBMISSION = {
    "hw.py": "import os, tempfile\n"
    "def write(x):\n"
    "    with open(os.path.join(tempfile.gettempdir(), 'left-behind'), 'w') as file:\n"
    "        file.write('x')\n"
    "def die(x):\n"
    "    os._exit(1)\n"
    "def answer(x):\n"
    "    return x\n"
}
ENDS = ("answer", "write", "die")  # in turns: done, with something left, dead
WARM_UP = 5
SETTLED_S = 10.0


@dataclass(frozen=True)
class Held:
    """What this process and its children hold, and what lies about on the machine that is called ours."""

    descriptors: int
    processes: int
    mounts: int
    cgroups: int
    files: frozenset[str]
    shared_memory: int


def held() -> Held:
    """As of now."""
    ours = os.listdir(tempfile.gettempdir())  # a folder that is this process's alone
    theirs = [place for place in ("/tmp", "/dev/shm", "/var/tmp") if os.path.exists(f"{place}/left-behind")]
    return Held(
        len(os.listdir("/proc/self/fd")),
        len(descendants()),
        sum("docker" not in line for line in Path("/proc/self/mounts").read_text().splitlines()),
        sum(is_ours(name) for _, folders, _ in os.walk("/sys/fs/cgroup") for name in folders),
        frozenset([*ours, *theirs]),
        len(Path("/proc/sysvipc/shm").read_text().splitlines()),
    )


def is_ours(cgroup: str) -> bool:
    """Whether a cgroup is called so by a sandbox; benchmarks make some, and one may run beside this."""
    return "assay" in cgroup and not cgroup.startswith("assay-benchmark")


def descendants() -> list[int]:
    """Processes that we or ours have started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_bytes().rpartition(b")")[2].split()[1])
        except OSError:
            continue  # ended in between
    found, waiting = [], [os.getpid()]
    while waiting:
        parent = waiting.pop()
        children = [pid for pid, its in parents.items() if its == parent]
        found += children
        waiting += children
    return found


def settled(before: Held) -> Held:
    """What is held when the kernel has cleared away what was killed a moment ago."""
    deadline = time.monotonic() + SETTLED_S
    while (now := held()).processes > before.processes and time.monotonic() < deadline:
        time.sleep(0.05)
    return now


def leaked(level: Level, runs: int) -> list[str]:
    """What there is more of after so many runs, in words."""
    clean = held()
    ends = ENDS if level > Level.process else ("answer", "die", "die")  # there, what it writes is its own
    with open_launcher(level) as launcher:
        _fill_connections(level, launcher)
        for number in range(WARM_UP + runs):
            if number == WARM_UP:
                before = held()
            with SandboxStudent(launcher, SUBMISSION, "hw.py") as student:
                (answer,) = student.ask(Call(ends[number % 3], (1.0,)))
            assert isinstance(answer, (Reply, Failure))
        during = _more(before, settled(before))
    return [*during, *(f"{what}, after the end" for what in _more(clean, settled(clean)))]


def _fill_connections(level: Level, launcher: Launcher) -> None:
    """Use several containers: the package docker keeps a connection for each address, 25 of them at most."""
    with ExitStack() as open_now:
        for _ in range(15 if level.in_container else 0):
            open_now.enter_context(launcher.open(Limits()))


def _more(before: Held, after: Held) -> list[str]:
    said = []
    for field in fields(Held):
        one, other = getattr(before, field.name), getattr(after, field.name)
        if isinstance(one, int) and other > one:
            said.append(f"{other - one} more {field.name.replace('_', ' ')}")
        elif isinstance(one, frozenset) and other - one:
            said.append(f"new {field.name}: {', '.join(sorted(other - one))}")
    return said


def main(runs: int = 1000, *names: str) -> int:
    bad = False
    with tempfile.TemporaryDirectory() as tempfile.tempdir:
        for level in [level_named(name) for name in names] or list(Level):
            began = time.monotonic()
            try:
                found = leaked(level, runs)
            except SandboxError as error:
                print(f"{level.name:14} left out: {error}")
                continue
            bad |= bool(found)
            said = "; ".join(found) or "nothing left"
            print(f"{level.name:14} {runs} runs in {time.monotonic() - began:.0f} s: {said}", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:2]), *sys.argv[2:]))
