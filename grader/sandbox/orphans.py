"""What a run leaves behind at the level `process`, where it may fork: found and ended by the zygote.

Above that level there is no fork, or a process namespace that dies with its first process. On Linux a zygote
inherits the orphans of its runs, and learns by SIGCHLD when one ends; elsewhere they are not found.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Collection

from grader.sandbox import kernel

SWEEP_S = 2.0  # for what has been killed to go


def inherit() -> None:
    """Have what a run leaves behind come to this process."""
    if sys.platform.startswith("linux"):
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def kill_group(pid: int) -> None:
    """End the group that a run leads."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def kill(runs: Collection[int]) -> bool:
    """End every child but the runs; whether there were any, of which not all may have gone.

    While a run lives its orphans are its own children, so all that we don't know belong to the dead.
    """
    orphans = _children().difference(runs)
    for orphan in orphans:
        with contextlib.suppress(OSError):
            os.kill(orphan, signal.SIGKILL)
    return bool(orphans)


def kill_all(runs: Collection[int], ended: int) -> None:
    """End the runs and whatever came of them, and wait until it is gone, SWEEP_S at the longest.

    `ended` is readable when a child has ended.
    """
    for run in runs:
        kill_group(run)
    deadline = time.monotonic() + SWEEP_S
    while kill(()) and (left_s := deadline - time.monotonic()) > 0:
        select.select([ended], [], [], left_s)
        with contextlib.suppress(BlockingIOError):
            os.read(ended, 512)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _children() -> set[int]:
    """Our children, by a walk through /proc where the kernel has no list of them (an option of its own)."""
    mine = os.getpid()
    found = set()
    listed = f"/proc/{mine}/task/{mine}/children"
    with contextlib.suppress(OSError), open(listed, encoding="ascii") as children:
        return set(map(int, children.read().split()))
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
                    if int(stat.read().rpartition(b")")[2].split()[1]) == mine:
                        found.add(int(name))
    return found
