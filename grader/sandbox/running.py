"""The trusted side's hold on one run: its streams, its end."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator

from grader.sandbox.control import Streams
from grader.sandbox.status import LONGEST, News, Ready, Unready, heard
from grader.sandbox.types import HANG_UP_S, Exit

_PROCESS_CPU = 2  # CPUCLOCK_SCHED, for a clock id made of a pid
_GRACE_S = 5.0  # for the launcher to notice, reap and report, on a busy machine


class SandboxError(OSError):
    """A sandbox could not be had: our failure or the machine's, never the student's."""


class SetupError(SandboxError):
    """Confinement itself failed; trying again on the same machine will not help."""


class RunningSandbox:
    """A confined worker behind a zygote. `data` and `output` are for the asker; the rest stays here."""

    def __init__(self, streams: Streams, wall_s: float) -> None:
        self.data = streams.data
        self.output = streams.output
        self.pid: int | None = None  # of the confined process, as the trusted side sees it
        self._process: int | None = None  # a descriptor: another process may get the number, never this
        self._status = streams.status
        self._cancel: int | None = streams.cancel
        self._deadline = time.monotonic() + wall_s + _GRACE_S
        self._pending = b""
        self._exit: Exit | None = None

    def await_ready(self, timeout_s: float) -> None:
        """Wait until the worker is confined and waits for its first frame.

        Raises SetupError when a step of the confinement failed, ConnectionError when the launcher vanished.
        """
        try:
            news = self._news(time.monotonic() + timeout_s)
        except EOFError as error:
            raise ConnectionError(str(error)) from None
        if isinstance(news, Unready):
            raise SetupError(f"confining a submission failed: {news.why}")
        if not isinstance(news, Ready):
            raise SetupError("the confined process ended before it was ready")
        self.pid = news.pid
        self._take_hold(news.pid)

    def _take_hold(self, pid: int) -> None:
        """Keep a grip on the process."""
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):  # it ended meanwhile, or the kernel is too old
                self._process = os.pidfd_open(pid)

    def hung_up(self) -> None:
        """Give a worker that has closed its end a moment to die of what it dies of.

        A process closes its streams before it has ended: killed in between, it would be one of ours.
        """
        if self._exit is None and self._cancel is not None and b"\n" not in self._pending:
            poll = select.poll()
            poll.register(self._status, select.POLLIN)
            poll.poll(1000 * HANG_UP_S)  # what comes, if anything, is news of the end

    def kill(self) -> None:
        """End everything inside, now; harmless when it has ended already."""
        if self._cancel is not None:
            os.close(self._cancel)  # the launcher sees the hang-up and kills
            self._cancel = None
            self._deadline = min(self._deadline, time.monotonic() + _GRACE_S)

    def wait(self) -> Exit:
        """Wait for the end and say how it came; the same answer when asked again.

        Never hangs: past the wall limit of the whole submission the sandbox is killed, and a launcher that
        does not answer even then is given up.
        """
        if self._exit is None:
            self._exit = self._await_exit()
        return self._exit

    def close(self) -> None:
        """Kill what runs, wait for its end and give every descriptor back."""
        try:
            self.kill()
            if self._exit is None:
                self.wait()
        finally:
            self.data.close()
            for descriptor in (self.output, self._status, self._process):
                if descriptor is not None:
                    with contextlib.suppress(OSError):
                        os.close(descriptor)
            self.output, self._status, self._process = -1, -1, None

    def cpu_ns(self) -> int:
        """CPU time of the worker so far, its threads included, from the kernel's clock of that process."""
        if self.pid is None or self._process is None:
            raise OSError("the CPU time of a sandbox can be read on Linux alone")
        try:
            return time.clock_gettime_ns((~self.pid << 3) | _PROCESS_CPU)
        finally:
            # What was read may be another's, which got the number. ProcessLookupError where that can be.
            signal.pidfd_send_signal(self._process, 0)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """The worker stopped while the context lasts."""
        if self._process is None:
            raise OSError("a sandbox can be stopped on Linux alone")
        signal.pidfd_send_signal(self._process, signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGCONT)

    def _await_exit(self) -> Exit:
        for _ in range(2):
            try:
                while not isinstance(news := self._news(self._deadline), Exit):
                    pass
                return news
            except EOFError as error:
                return Exit(None, None, False, 0.0, 0, str(error))
            except TimeoutError:
                self.kill()
                self._deadline = time.monotonic() + _GRACE_S
        return Exit(None, None, True, 0.0, 0, "the launcher did not answer")

    def _news(self, deadline: float) -> News:
        """The next line of the status pipe. EOFError at its end, or where it holds none of ours."""
        while b"\n" not in self._pending:
            poll = select.poll()
            poll.register(self._status, select.POLLIN)
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise TimeoutError("the sandbox's launcher did not answer in time")
            chunk = os.read(self._status, 65536)
            if not chunk:
                raise EOFError("the launcher ended without a word")
            self._pending += chunk
            if len(self._pending) > 4 * LONGEST:
                raise EOFError("the launcher told more than there is to tell")
        line, self._pending = self._pending.split(b"\n", 1)
        return heard(line)
