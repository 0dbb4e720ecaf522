"""Conditions of a measurement: one at a time on a host, on one core, before others where that is allowed."""

import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = "assay-measures.lock"
_PRESSURE = Path("/proc/pressure/cpu")
BUSY = 20.0  # per cent of the last ten seconds in which something waited for a core
WAIT_S = 60.0


@contextmanager
def alone(tell: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Hold the host's lock: who measures waits for who measures already."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = _lock_file(Path(tempfile.gettempdir()) / _LOCK)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Waiting for another measurement on this machine")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_file(path: Path) -> int:
    """Open it to be locked: whoever made it, nobody else need be able to write."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    with suppress(FileExistsError):
        made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o444)
        os.fchmod(made, 0o444)  # whatever this user's umask is
        os.close(made)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no file that could be locked; remove it")
    return descriptor


def pressure() -> float | None:
    """Per cent of the last ten seconds in which something waited for a core; None where nobody counts."""
    with suppress(OSError, ValueError, IndexError):
        return float(_PRESSURE.read_text(encoding="ascii").split("avg10=")[1].split()[0])
    return None


def await_quiet(tell: Callable[[str], None] = lambda text: None, most_s: float = WAIT_S) -> None:
    """Wait for a while until the machine is not busy; what is measured on a busy one has wider intervals."""
    ends = time.monotonic() + most_s
    told = False
    while (pressure() or 0.0) > BUSY and time.monotonic() < ends:
        if not told:
            tell(f"Waiting up to {most_s:.0f} s for a quieter machine")
            told = True
        time.sleep(1.0)


@contextmanager
def on_one_core() -> Iterator[None]:
    """What is started herein stays on one core, and in a real-time class where that is allowed.

    So two processes that take turns have the same core, and neighbours do not cut their turns in pieces. This
    process goes on anywhere, above them in its class, so that it can always end them.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setaffinity(0, {max(cores)})
    _real_time(1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        os.sched_setscheduler(0, policy, param)


@contextmanager
def before_others() -> Iterator[None]:
    """This process before others, where that is allowed: nothing that is measured waits for it."""
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    _real_time(2)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, param)


def _real_time(priority: int) -> None:
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
