"""The worker as a thread of this process, over a real socket: for solutions that are trusted, and for tests.

Nothing is confined here. The frames are the same as those of a sandbox, so what is learnt here holds there.
One submission with helper files at a time: modules are the process's.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from grader import worker
from grader.sandbox.types import Exit, Limits
from grader.student import USUAL, SandboxStudent

JOIN_S = 5.0


class LoopbackLauncher:
    """Opens "sandboxes" that are threads. The level says so."""

    level = "loopback"
    stops_at_once = False

    @contextmanager
    def open(self, limits: Limits) -> Iterator[LoopbackSandbox]:
        """A thread that waits for its first frame; the limits of a process do not apply to it."""
        sandbox = LoopbackSandbox()
        try:
            yield sandbox
        finally:
            sandbox.close()

    def close(self) -> None:
        """There is nothing to give back."""


class LoopbackSandbox:
    """One thread that runs `worker.serve`."""

    def __init__(self) -> None:
        self.data, self._far = socket.socketpair()
        self.output, self._out = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with _printing_to(self._out):
            try:
                worker.serve(self._far)
            except OSError:
                pass  # the near end has hung up
            finally:
                self._far.close()

    def hung_up(self) -> None:
        """Nothing: a thread does not die."""

    def kill(self) -> None:
        """Hang up: a thread cannot be killed, it ends with its current call."""
        try:
            self.data.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def wait(self) -> Exit:
        """Wait for the thread, for a while."""
        self._thread.join(JOIN_S)
        return Exit(None if self._thread.is_alive() else 0, None, False, 0.0, 0)

    def cpu_ns(self) -> int:
        """Not to be had: a thread shares its process."""
        raise OSError("a loopback has no CPU time of its own")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Not to be had either."""
        raise OSError("a loopback cannot be stopped")
        yield

    def close(self) -> None:
        """Close all ends; the thread's own are left to it if it still runs."""
        self.kill()
        self.wait()
        self.data.close()
        os.close(self.output)
        if not self._thread.is_alive():
            os.close(self._out)


class _Fork:
    """A text stream that goes where the current thread's output goes."""

    def __init__(self, usual: Any) -> None:
        self.usual = usual
        self.threads: dict[int, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.threads.get(threading.get_ident(), self.usual), name)


_forks = threading.Lock()


@contextmanager
def _printing_to(descriptor: int) -> Iterator[None]:
    """What this thread prints goes to the descriptor, what others print where it always went."""
    me = threading.get_ident()
    with open(descriptor, "w", encoding="utf-8", errors="replace", closefd=False) as stream:
        with _forks:
            for name in ("stdout", "stderr"):
                if not isinstance(getattr(sys, name), _Fork):
                    setattr(sys, name, _Fork(getattr(sys, name)))
                getattr(sys, name).threads[me] = stream
        try:
            yield
        finally:
            with _forks:
                for name in ("stdout", "stderr"):
                    fork = getattr(sys, name)
                    if isinstance(fork, _Fork):
                        fork.threads.pop(me, None)
                        if not fork.threads:
                            setattr(sys, name, fork.usual)


def loopback(files: Mapping[str, str], main: str, limits: Limits = USUAL) -> SandboxStudent:
    """A `Student` of trusted source text."""
    return SandboxStudent(LoopbackLauncher(), files, main, limits)
