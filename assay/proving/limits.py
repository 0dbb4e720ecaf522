"""The limits of a task in the process that does it: of its time, which it is told of first, and memory."""

import faulthandler
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

try:
    import resource
except ImportError:  # not there on Windows
    resource = None  # type: ignore[assignment]

T = TypeVar("T")
R = TypeVar("R")

SOFT_S = 20.0  # of CPU: then the task is told so, by an exception that none of its code may catch by accident
HARD_S = 60  # of CPU: then its process ends, whatever it does
WALL_S = 1200.0  # the same for one that sleeps; on a busy machine a second of CPU takes many
MEMORY = 6 << 30  # of a process: a mutant may ask for any number of zeros


class OutOfTime(BaseException):
    """The CPU time of a task is over."""


@contextmanager
def limited(work: Callable[[T], R]) -> Iterator[Callable[[T], R]]:
    """Limit this process, and give `work` with the limits of a task."""
    if resource is not None:
        with suppress(ValueError, OSError):  # one below it is in force already
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    yield lambda task: _limited(work, task)


def _limited(work: Callable[[T], R], task: T) -> R:
    with open(os.devnull, "w") as nowhere, soft_limit(SOFT_S):
        _limit_cpu()
        faulthandler.dump_traceback_later(WALL_S, exit=True, file=nowhere)
        try:
            return work(task)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _limit_cpu() -> None:
    """Let the kernel end this process when the task has used all of its CPU: C code hears of no exception."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        ends = int(time.process_time()) + HARD_S + 1
        resource.setrlimit(resource.RLIMIT_CPU, (ends if hard < 0 else min(ends, hard), hard))


@contextmanager
def soft_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the main thread after so many seconds of CPU, however busy the machine."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGPROF, _out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTime
