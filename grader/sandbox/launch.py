"""Opens sandboxes: the trusted side's door to every level that is built on a zygote."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING

from grader.sandbox.levels import Level, level_named
from grader.sandbox.root import distributions
from grader.sandbox.running import RunningSandbox, SandboxError, SetupError
from grader.sandbox.types import AS_USUAL, Housing, Limits
from grader.sandbox.zygote_process import ZygoteProcess

if TYPE_CHECKING:
    from grader.sandbox.docker.launcher import DockerLauncher

__all__ = ["SandboxError", "SetupError", "ZygoteLauncher", "open_launcher"]

# A zygote is replaced now and then, so that nothing can grow in it over a class of thousands.
_RUNS_A_ZYGOTE = 500
# The launcher's clock of last resort runs past the trusted side's own.
_BACKSTOP_S = 2.0


Starting = Callable[[], AbstractContextManager[object]]


def open_launcher(
    level: Level | str,
    packages: tuple[str, ...] = ("numpy",),
    housing: Housing = AS_USUAL,
    starting: Starting = nullcontext,
) -> ZygoteLauncher | DockerLauncher:
    """A launcher of a level, with these distributions importable; SandboxError where it cannot work.

    Every zygote is started in the context `starting`, whose core and priority its sandboxes then have. An
    engine starts containers where it likes.
    """
    level = level_named(level) if isinstance(level, str) else level
    if not level.in_container:
        return ZygoteLauncher(level, packages, starting)
    from grader.sandbox.docker.launcher import DockerLauncher

    return DockerLauncher(level, packages, housing)


class ZygoteLauncher:
    """Opens sandboxes by forking a warm zygote. Safe to share between threads."""

    stops_at_once = True  # by a signal

    def __init__(
        self, level: Level, packages: tuple[str, ...] = ("numpy",), starting: Starting = nullcontext
    ) -> None:
        self.level = level.name
        self.packages = packages
        self._level = level
        self._starting = starting
        self._lock = threading.Lock()
        self._shown = distributions(packages)
        self._zygote: ZygoteProcess | None = self._started()
        self._all = {self._zygote}  # those too that only finish what they have open
        self._closed = False

    @contextmanager
    def open(self, limits: Limits) -> Iterator[RunningSandbox]:
        """A sandbox whose worker is confined and waits for its first frame; it ends with the context."""
        zygote, sandbox = self._start(limits)
        try:
            yield sandbox
        finally:
            try:
                sandbox.close()
            finally:
                self._finished(zygote)

    def close(self) -> None:
        """End every zygote, and with them every sandbox that is still open."""
        with self._lock:
            self._closed = True
            self._zygote = None
            with ExitStack() as stack:
                while self._all:
                    stack.callback(self._all.pop().close)

    def __enter__(self) -> ZygoteLauncher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, limits: Limits) -> tuple[ZygoteProcess, RunningSandbox]:
        with self._lock:
            if self._closed:
                raise SandboxError("the launcher is closed")
            for attempt in (1, 2):
                zygote = self._current()
                try:
                    return zygote, zygote.start(limits, limits.total_s + _BACKSTOP_S)
                except SetupError:
                    raise
                except (OSError, EOFError) as error:
                    # The zygote or the launcher is gone (the kernel was short of memory, say): once more,
                    # from a new one.
                    self._retire()
                    if attempt == 2:
                        raise SandboxError(f"no sandbox could be started, twice: {error}") from error
        raise AssertionError("unreachable")

    def _current(self) -> ZygoteProcess:
        if self._zygote is not None and (self._zygote.runs >= _RUNS_A_ZYGOTE or not self._zygote.alive()):
            self._retire()
        if self._zygote is None:
            self._zygote = self._started()
            self._all.add(self._zygote)
        return self._zygote

    def _started(self) -> ZygoteProcess:
        with self._starting():
            return ZygoteProcess(self._level, self.packages, self._shown)

    def _retire(self) -> None:
        """Let a zygote go. It lives on while sandboxes of its own are open: they would die with it."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None and (not zygote.open_runs or not zygote.alive()):
            self._end(zygote)

    def _finished(self, zygote: ZygoteProcess) -> None:
        with self._lock:
            zygote.open_runs -= 1
            if zygote is not self._zygote and not zygote.open_runs:
                self._end(zygote)

    def _end(self, zygote: ZygoteProcess) -> None:
        if zygote in self._all:
            self._all.remove(zygote)
            zygote.close()
