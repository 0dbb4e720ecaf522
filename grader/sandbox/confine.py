"""How a fork of the zygote becomes a confined process: the steps, in the order that they need."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TextIO

from grader.sandbox import kernel, landlock, namespaces, preload, privileges, rlimits, seccomp
from grader.sandbox.levels import Level
from grader.sandbox.namespaces import Rooted
from grader.sandbox.root import DEVICES
from grader.sandbox.status import Ready, tell
from grader.sandbox.types import Limits

DATA = 3  # the one descriptor, besides 0, 1 and 2, that student code inherits


@dataclass(frozen=True)
class Grounds:
    """What a zygote has prepared once for all its runs."""

    level: Level
    baseline: rlimits.Baseline
    spare_uids: tuple[int, int] | None = None  # first and count; None where the user stays
    rooted: Rooted | None = None  # at `namespace`
    ruleset: int | None = None  # of Landlock; made a run at `namespace`, whose /tmp is a run's own
    architecture: str = ""
    policy: bytes = b""

    @property
    def own_user(self) -> bool:
        """Whether processes are counted apart for each run."""
        return self.spare_uids is not None or self.rooted is not None


@dataclass(frozen=True)
class Pipes:
    """The descriptors of one run."""

    data: int
    status: int
    output: int


def confine(grounds: Grounds, limits: Limits, pipes: Pipes, zygote: int) -> socket.socket:
    """Give up, for good, all that the run may not use, and give the stream to serve.

    `zygote` is the pid of the parent. What fails here is our failure: it raises, before student code is
    there.
    """
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    pid = os.getpid()
    if grounds.rooted is not None:
        pid = namespaces.enter(grounds.rooted, limits.tmp_bytes)
    os.chdir(grounds.rooted.scratch if grounds.rooted else "/")
    os.umask(0o077)
    if grounds.level >= Level.seccomp:
        _renounce(grounds, pid)
    if sys.platform.startswith("linux"):
        _end_with(zygote, grounds.level)
    if grounds.level >= Level.seccomp:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # no core, and nobody of the same user may look in
        _landlock(grounds)
    preload.reseed()
    _take_streams(pipes)
    sys.stdout, sys.stderr = _printer(1), _printer(2)
    rlimits.apply(limits, grounds.baseline, own_user=grounds.own_user)
    if grounds.level >= Level.seccomp:
        if grounds.rooted is None:
            seccomp.load(seccomp.only_self(grounds.architecture, pid))
        seccomp.load(grounds.policy)
    gc.enable()  # the zygote has switched it off, for itself
    tell(pipes.status, Ready(pid))
    os.closerange(DATA + 1, 1 << 16)
    return socket.socket(fileno=DATA)


def _end_with(zygote: int, level: Level) -> None:
    """End when the zygote ends. A change of user clears the order, so it is given after that."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if level == Level.namespace:
        return  # the zygote is the first process of a namespace: nothing in that outlives it
    if os.getppid() != zygote:
        raise ProcessLookupError("the zygote ended before its child was ready")
    if level == Level.process:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # daemons stay our children while we live


def _take_streams(pipes: Pipes) -> None:
    """Put the run's descriptors at 0 to 3. The zygote keeps these taken, so none of ours lies there."""
    null = os.open("/dev/null", os.O_RDONLY)
    for source, target in ((null, 0), (pipes.output, 1), (pipes.output, 2), (pipes.data, DATA)):
        os.dup2(source, target, inheritable=False)


def _printer(descriptor: int) -> TextIO:
    """A stream that loses at most the last line when the process is killed, and takes any text."""
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _renounce(grounds: Grounds, pid: int) -> None:
    if grounds.rooted is not None and grounds.rooted.own.user_namespace:
        kernel.drop_bounding_set()  # a new user namespace has brought a full one
    if grounds.spare_uids is not None:
        first, count = grounds.spare_uids
        privileges.become(first + pid % count)
    privileges.renounce()


def _landlock(grounds: Grounds) -> None:
    if grounds.level < Level.landlock:
        return
    ruleset = grounds.ruleset
    if ruleset is None:
        if grounds.rooted is None or not landlock.abi():
            return  # at `namespace` and `docker` the root alone holds; Landlock is a second wall
        ruleset = landlock.ruleset(["/"], [grounds.rooted.scratch], DEVICES)
    landlock.enforce(ruleset)
