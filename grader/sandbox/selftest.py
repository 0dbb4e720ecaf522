"""Proves a level by attacking it: a level is believed when its probes have failed here, not by its name."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.sandbox import privileges, probes
from grader.sandbox.launch import SandboxError, open_launcher
from grader.sandbox.levels import Level
from grader.sandbox.types import AS_USUAL, Housing, Launcher, Limits
from grader.student import SandboxStudent
from suites.types import Call, Failure, Reply, Verdict

_MEMORY: Final = 96 << 20
_LIMITS: Final = Limits(question_s=5.0, total_s=10.0, cpu_s=5.0, memory_bytes=_MEMORY)
_LOOP_S: Final = 0.02
_ENDED_S: Final = 5.0  # an endless loop must be over by then

# What each level must withstand.
_PROCESS: Final = ("memory", "endless loop")
_SECCOMP: Final = (*_PROCESS, "network", "fork", "kill", "write outside")
_LANDLOCK: Final = (*_SECCOMP, "private file", "public file")

# What `auto` takes, the first that holds: a container costs most, so it is last where nobody asks for one.
PREFERRED: Final = (Level.namespace, Level.landlock, Level.docker)

_MENDS: Final = {
    Level.process: "a POSIX system with the resource module",
    Level.seccomp: "Linux with CONFIG_SECCOMP_FILTER on x86-64 or aarch64",
    Level.landlock: "Linux 5.13 or later with landlock among its security modules (boot option lsm=)",
    Level.namespace: (
        "root, or leave to make user namespaces (sysctl user.max_user_namespaces above 0; on Ubuntu "
        "kernel.apparmor_restrict_unprivileged_userns=0; Docker's default profile refuses them)"
    ),
    Level.docker_shared: "a Docker engine that you may use, on Linux 5.13 or later with Landlock",
    Level.docker: "a Docker engine that you may use",
}
_WRITABLE: Final = "a /tmp, or a TMPDIR, that you may write to"


@dataclass(frozen=True)
class Proof:
    """Whether a level holds on this machine. `probes` says of each probe whether it was withstood."""

    level: Level
    works: bool
    why: str = ""
    mend: str = ""
    probes: tuple[tuple[str, bool], ...] = ()


def prove(level: Level, housing: Housing = AS_USUAL) -> Proof:
    """Attack a level through the path that submissions take; half a second, in containers two."""
    try:
        tempfile.gettempdir()
    except OSError:  # no fault of the level's
        return Proof(level, False, "no folder for temporary files can be written", _WRITABLE)
    try:
        with open_launcher(level, housing=housing) as launcher:
            withstood = _attack(launcher)
    except OSError as error:
        return Proof(level, False, str(error), _MENDS[level])
    through = [name for name in _required(level, housing) if not withstood[name]]
    if through:
        why = f"the sandbox level {level.name} does not hold here: {', '.join(through)} got through"
        return Proof(level, False, why, _MENDS[level], tuple(withstood.items()))
    return Proof(level, True, probes=tuple(withstood.items()))


def strongest() -> Proof:
    """The strongest level that holds here and is fit for other people's code; SandboxError where none is."""
    failed = []
    for level in PREFERRED:
        proof = prove(level)
        if proof.works:
            return proof
        failed.append(f"{proof.why}; it needs {proof.mend}")
    told = ". ".join(dict.fromkeys(failed))  # what they all lack is said once
    raise SandboxError(f"no sandbox for other people's code works on this machine: {told}")


def _required(level: Level, housing: Housing) -> tuple[str, ...]:
    if level == Level.process:
        return _PROCESS
    if level == Level.seccomp:
        # Without Landlock files are kept by their owner and mode alone, which needs a user of one's own.
        return (*_SECCOMP, "private file") if privileges.first_spare_uid() else _SECCOMP
    return _LANDLOCK if not housing.gpus else tuple(name for name in _LANDLOCK if name != "fork")


@dataclass(frozen=True)
class _Canaries:
    folder: Path
    port: int
    pid: int
    outside: tuple[str, ...]  # files that must not come to be


def _attack(launcher: Launcher) -> dict[str, bool]:
    with _canaries() as canaries:
        folder = str(canaries.folder)
        calls = {
            "private file": Call("read", (f"{folder}/private",)),
            "public file": Call("read", (f"{folder}/public",)),
            "network": Call("connect", (canaries.port,)),
            "fork": Call("fork"),
            "kill": Call("kill", (canaries.pid,)),
            "memory": Call("allocate", (_MEMORY + (512 << 20),)),
            "write outside": Call("write", (canaries.outside,)),
        }
        with SandboxStudent(launcher, {"probes.py": probes.SOURCE}, "probes.py", _LIMITS) as student:
            answers = student.ask(*calls.values())
        withstood = {name: _withstood(answer) for name, answer in zip(calls, answers, strict=True)}
        # It may write, where /tmp is its own; what counts is what is seen out here.
        withstood["write outside"] &= not any(os.path.lexists(path) for path in canaries.outside)
        withstood["endless loop"] = _ended(launcher)
    return withstood


def _withstood(answer: Reply | Failure) -> bool:
    """A probe says False when it got nowhere. One that died of its attack got nowhere either."""
    if isinstance(answer, Reply):
        return answer.values == (False,)
    if answer.verdict in (Verdict.INFRASTRUCTURE, Verdict.SKIPPED, Verdict.MISSING):
        raise SandboxError(f"a probe could not run: {answer.cause}")
    return True


def _ended(launcher: Launcher) -> bool:
    limits = replace(_LIMITS, question_s=_LOOP_S, deaths=1)
    with SandboxStudent(launcher, {"probes.py": probes.SOURCE}, "probes.py", limits) as student:
        student.ask(Call("write", ((),)))  # it is started and loaded when the clock begins
        started = time.monotonic()
        (answer,) = student.ask(Call("spin"))
    late = time.monotonic() - started > _ENDED_S
    return isinstance(answer, Failure) and answer.verdict is Verdict.TIMEOUT and not late


# It waits on its input, so that it ends with us, whatever ends us, and takes the files along.
_WAIT = "import sys; sys.stdin.read(); import shutil; shutil.rmtree(sys.argv[1], ignore_errors=True)"


@contextlib.contextmanager
def _canaries() -> Iterator[_Canaries]:
    """Two files, a listener and a process that a submission has no business with."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assay-canary-")))
        folder.chmod(0o755)
        for name, mode in (("private", 0o600), ("public", 0o644)):
            (folder / name).write_bytes(b"canary")
            (folder / name).chmod(mode)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        waiting = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WAIT, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(waiting.communicate)
        stack.callback(waiting.kill)
        name = f"assay-probe-{secrets.token_hex(8)}"
        outside = tuple(
            f"{place}/{name}" for place in (folder, tempfile.gettempdir(), "/dev/shm", "/var/tmp")
        )
        for path in outside:
            stack.callback(_remove, path)
        yield _Canaries(folder, listener.getsockname()[1], waiting.pid, outside)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):  # a read-only file system refuses even where nothing is
        os.unlink(path)
