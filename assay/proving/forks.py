"""Forks of this process, each of which does one thing within limits and says what came of it."""

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

MEMORY = 6 << 30  # of a fork: a mutant may ask for any number of zeros


class Fork:
    """A fork of this process that says one thing and ends. `reading` is ready when it has."""

    def __init__(self, work: Callable[[], bytes], cpu_s: int, wall_s: float) -> None:
        self.reading, writing = os.pipe()
        self.deadline = time.monotonic() + wall_s
        sys.stdout.flush()
        self._pid = os.fork()
        if not self._pid:
            os.close(self.reading)
            _say(work, writing, cpu_s)
        os.close(writing)

    def said(self) -> bytes:
        """What it said; nothing if it ended otherwise, or had to be ended."""
        if time.monotonic() > self.deadline:
            self.end()
            return b""
        with os.fdopen(self.reading, "rb") as stream:
            said = stream.read()
        os.waitpid(self._pid, 0)
        return said

    def end(self) -> None:
        """End it now."""
        os.kill(self._pid, signal.SIGKILL)
        os.close(self.reading)
        os.waitpid(self._pid, 0)


def _say(work: Callable[[], bytes], writing: int, cpu_s: int) -> NoReturn:
    """In the fork: do the work within limits, silently, and end without any of what ends a process."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nowhere, standard)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
        with suppress(ValueError):  # one below it is in force already
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        with os.fdopen(writing, "wb") as stream:
            stream.write(work())
    finally:
        os._exit(0)


def ready_ones(forks: "Mapping[int, Fork]") -> list[int]:
    """The forks that have ended, or whose time is over; waits for one."""
    while True:
        ready, _, _ = select.select(list(forks), [], [], 1.0)
        late = [n for n, fork in forks.items() if n not in ready and time.monotonic() > fork.deadline]
        if ready or late or not forks:
            return [*ready, *late]
