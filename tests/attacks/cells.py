"""One cell of the matrix: all probes handed in to the installed Assay, by one user, at one level."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.record import Record
from grader.store import Store

from .canaries import SECRET, Canaries, Field, reachable_python
from .catalogue import LEAVES
from .handed_in import HERE, hand_in, source_of
from .installed import ROOT

NOBODY = 4242
HANGING_S = 1.0  # the limit of a question where probes run into it
PATIENT_S = 10.0  # and where none does, however busy the machine is

# Runs a command and then says which processes it has left behind: orphans become this one's children.
_REAPER = """
import ctypes, os, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
code = subprocess.run(sys.argv[1:]).returncode
deadline = time.monotonic() + 3
while time.monotonic() < deadline:
    try:
        if os.waitpid(-1, os.WNOHANG) == (0, 0):
            time.sleep(0.01)
    except ChildProcessError:
        sys.exit(code)
sys.exit("processes outlive the run")
"""

CONTROLS = ("a_right", "n_right", "z_right", "wrong")  # before, among and after the probes

# An ordinary user who may not make namespaces: in a user namespace of its own, where the kernel allows none.
_REFUSED = """
import ctypes, os, sys
uid, gid = os.getuid(), os.getgid()
if ctypes.CDLL(None).unshare(0x10000000) == 0:  # else the machine refuses them as it is
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
os.execv(sys.argv[1], sys.argv[1:])
"""


class NoSuchLevelError(Exception):
    """The level does not work here, for this user; the message is the command's own."""


@dataclass(frozen=True)
class Cell:
    """Who grades, at which level, and whether the probes are those that hang."""

    who: str  # root, user, or refused: a user who may make no namespaces
    level: str
    hanging: bool = False

    def __str__(self) -> str:
        return f"{self.level}-{self.who}" + "-hanging" * self.hanging

    @property
    def question_s(self) -> float:
        """The limit of a question."""
        return HANGING_S if self.hanging else PATIENT_S

    @property
    def uid(self) -> int:
        """Whose process the grader is."""
        return NOBODY if os.getuid() == 0 and self.who != "root" else os.getuid()

    def command(self, *command: str) -> list[str]:
        """The command as this user runs it, and a look at what it leaves behind."""
        python = reachable_python()
        refused = [python, "-c", _REFUSED] if self.who == "refused" else []
        return [*refused, python, "-c", _REAPER, *command]

    @property
    def user(self) -> dict[str, Any]:
        """Who this is, as `subprocess` takes it."""
        uid = self.uid
        return {"user": uid, "group": uid, "extra_groups": []} if uid != os.getuid() else {}


@dataclass(frozen=True)
class Seen:
    """What came of a probe: its record, and what was seen from outside."""

    record: Record
    harm: tuple[str, ...]

    @property
    def bites(self) -> bool:
        """Whether the attack got through."""
        return bool(self.harm) or "THROUGH" in self.record.printed

    @property
    def points(self) -> tuple[float, float]:
        """The attacked function's, and the other's."""
        by_part = {f.part: float(f.score) for f in self.record.findings}
        return by_part.get("attacked", 0.0), by_part.get("untouched", 0.0)

    @property
    def told(self) -> str:
        """All that people are told of the attacked function."""
        found = [f for f in self.record.findings if f.part == "attacked"]
        said = [f"{f.verdict} {f.cause} {f.evidence.text}" for f in found]
        return "\n".join([str(self.record.status), self.record.reason, *said, *self.record.notes])


@dataclass(frozen=True)
class Graded:
    """A cell after its run."""

    seen: dict[str, Seen]
    said: str  # on the terminal
    run: Path


@contextmanager
def graded(
    cell: Cell, probes: Iterable[str], command: Path, ground: Path, target: Path = HERE / "target"
) -> Iterator[Graded]:
    """Hand in the probes, grade them in one process, one after the other, and look at the canaries."""
    with ExitStack() as stack:
        folder = ground / str(cell)
        folder.mkdir()
        os.chown(folder, cell.uid, cell.uid)
        installed = [str(next(command.parents[1].glob("lib/python*/site-packages"))), str(ROOT)]
        field = Field(folder / "canaries", cell.uid, installed, stack)
        canaries = _handed_in(probes, folder / "class", field)
        said = _grade(cell, command, target, folder)
        with Store(folder / "run" / "results.sqlite", create=False) as store:
            records = {record.student: record for record in store.latest()}
        harm = {probe: tuple(canary.harmed()) for probe, canary in canaries.items()}
        seen = {name: Seen(record, harm.get(name, ())) for name, record in records.items()}
        yield Graded(seen, said, folder / "run")


def _handed_in(probes: Iterable[str], folder: Path, field: Field) -> dict[str, Canaries]:
    canaries = {}
    for probe in probes:
        canaries[probe] = field.make(probe, source_of(probe))
        hand_in(probe, folder, canaries[probe].facts)
    for number, control in enumerate(CONTROLS):
        home = hand_in("wrong" if control == "wrong" else "right", folder / str(number), {})
        with open(home / "target.py", "a") as file:
            file.write(f"\n# {control}\n")  # what is alike is graded once
        home.rename(folder / control)
        (folder / str(number)).rmdir()
    return canaries


def _grade(cell: Cell, command: Path, target: Path, folder: Path) -> str:
    options = ["--sandbox", cell.level, "--i-trust-these-submissions", "--jobs", "1"]
    limits = ["--timeout", str(cell.question_s), "--memory", "256M"]
    asked = [str(command), "grade", str(target), str(folder / "class"), "--out", str(folder / "run")]
    done = subprocess.run(
        cell.command(*asked, *options, *limits),
        env={"PATH": "/usr/bin:/bin", SECRET: SECRET, "LC_ALL": "C.UTF-8", "HOME": "/"},
        cwd=folder,  # some probes write where they are
        capture_output=True,
        text=True,
        check=False,
        **cell.user,
    )
    if done.returncode == 2:  # an error in what was asked for: here, that can only be the level
        raise NoSuchLevelError(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


def fooled(probes: Iterable[str], ground: Path) -> dict[str, bool]:
    """Which probes get the better of a judge that runs them in its own process.

    What is left for a later submission is judged together with the one that looks for it.
    """
    with ExitStack() as stack:
        field = Field(ground / "canaries", os.getuid(), [], stack)
        homes, canaries = {}, {}
        for probe in probes:
            canaries[probe] = field.make(probe, source_of(probe))
            homes[probe] = hand_in(probe, ground / "class", canaries[probe].facts)
            (homes[probe] / "scratch").symlink_to(canaries[probe].facts["scratch"])
        judged = {
            probe: f"{homes[before]},{home}" if (before := LEAVES.get(probe)) else str(home)
            for probe, home in homes.items()
        }
        done = subprocess.run(
            [sys.executable, "-I", HERE / "naive.py", SECRET, *judged.values()],
            env={SECRET: SECRET},
            cwd=ground,
            capture_output=True,
            text=True,
            check=True,
        )
        results = json.loads(done.stdout.splitlines()[-1])
        return {probe: results[judged[probe]] or bool(canaries[probe].harmed()) for probe in homes}
