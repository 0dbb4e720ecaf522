"""What a zygote does all day: forks a run at each order, ends it in time and says how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from grader.sandbox import control, kernel, namespaces
from grader.sandbox.confine import Grounds, Pipes, confine
from grader.sandbox.levels import Level
from grader.sandbox.types import Exit, Limits

SETUP_FAILED = 125  # exit code of a child that never met student code
_SWEEP_S = 2.0

Serve = Callable[[Any], None]


@dataclass
class _Run:
    """A run under way. `status` is where its end is told, `cancel` hangs up when nobody wants it any more."""

    status: int
    cancel: int
    deadline: float
    limits: Limits
    why: str = ""  # we have killed it


class Supervisor:
    """The zygote's side of all its runs, by process id. One thread, which never waits for a single run."""

    def __init__(self, grounds: Grounds, orders: socket.socket, serve: Serve) -> None:
        self._grounds = grounds
        self._orders = orders
        self._serve = serve
        self._runs: dict[int, _Run] = {}
        self._ended = _child_signal()
        if grounds.level == Level.process and sys.platform.startswith("linux"):
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # what a run leaves behind comes to us
        self._poll = select.poll()
        for descriptor in (orders.fileno(), self._ended):
            self._poll.register(descriptor, select.POLLIN)

    def run(self) -> None:
        """Follow orders until the trusted side is gone."""
        while True:
            deadline = min((run.deadline for run in self._runs.values() if not run.why), default=None)
            patience = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            ready = [descriptor for descriptor, _ in self._poll.poll(patience)]
            if self._ended in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._ended, 512)
            self._reap()  # first: a death of its own is not to be taken for a cancellation
            now = time.monotonic()
            for pid, run in self._runs.items():
                if run.cancel in ready or now >= run.deadline:
                    self._kill(pid, run, "cancelled" if run.cancel in ready else "wall time")
            if self._orders.fileno() in ready and not self._follow():
                return

    def _follow(self) -> bool:
        """Follow the next order; whether there may be more."""
        try:
            order, descriptors = control.receive(self._orders, 4)
            data, status, output, cancel = descriptors
        except (EOFError, OSError, ValueError):
            return False
        limits = Limits(**order["limits"])
        try:
            pid = self._fork(limits, Pipes(data, status, output))
        except OSError as error:
            _say(status, {"error": str(error)})
            os.close(status)
            os.close(cancel)
        else:
            self._runs[pid] = _Run(status, cancel, time.monotonic() + order["wall_s"], limits)
            self._poll.register(cancel, select.POLLIN)
        os.close(data)
        os.close(output)
        return True

    def _fork(self, limits: Limits, pipes: Pipes) -> int:
        zygote = os.getpid()
        rooted = self._grounds.rooted
        pid = namespaces.fork(rooted) if rooted is not None else os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            _be_run(self._grounds, limits, pipes, zygote, self._serve)
        return pid

    def _kill(self, pid: int, run: _Run, why: str) -> None:
        if run.why:
            return
        run.why = why
        # Nobody but us reaps the child, so its pid cannot have become another's.
        os.kill(pid, signal.SIGKILL)
        self._poll.unregister(run.cancel)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            run = self._runs.pop(pid, None)
            if run is not None:  # else an orphan that a run had left behind
                self._finish(pid, run, status, usage)

    def _finish(self, pid: int, run: _Run, status: int, usage: Any) -> None:
        if self._grounds.level == Level.process:
            self._sweep(pid)
        if not run.why:
            self._poll.unregister(run.cancel)
        _say(run.status, {"exit": asdict(_verdict(run.why, status, usage, run.limits))})
        os.close(run.status)
        os.close(run.cancel)

    def _sweep(self, pid: int) -> None:
        """End what a run left behind: its process group, then orphans, which are our children now.

        Only `process` needs this: above it there is no fork, or a process namespace that dies with its first.
        While a run lives its orphans are its own children, so all that we don't know belong to the dead.
        """
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        deadline = time.monotonic() + _SWEEP_S
        while orphans := _children() - self._runs.keys():
            for orphan in orphans:
                with contextlib.suppress(OSError):
                    os.kill(orphan, signal.SIGKILL)
                    os.waitpid(orphan, os.WNOHANG)
            if time.monotonic() > deadline:
                return
            time.sleep(0.001)


def _be_run(grounds: Grounds, limits: Limits, pipes: Pipes, zygote: int, serve: Serve) -> NoReturn:
    """Be the confined process of one run: confine, say so, and serve. Never returns."""
    code = SETUP_FAILED
    try:
        try:
            stream = confine(grounds, limits, pipes, zygote)
        except Exception as error:
            _say(pipes.status, {"error": f"{type(error).__name__}: {error}"})
        else:
            code = 1
            serve(stream)
            sys.stdout.flush()
            sys.stderr.flush()
            code = 0
    finally:
        os._exit(code)


def _child_signal() -> int:
    """A descriptor that becomes readable when a child ends. (A pidfd would do, but on Linux alone.)"""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


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


def _verdict(why: str, status: int, usage: Any, limits: Limits) -> Exit:
    """What the end means. Words only where we know; the judge sees code and signal too."""
    code = os.waitstatus_to_exitcode(status)
    number = -code if code < 0 else None
    cpu_s = usage.ru_utime + usage.ru_stime
    resident = usage.ru_maxrss * (1024 if sys.platform.startswith("linux") else 1)
    # A dying process closes its streams a moment before it has ended. Who sees that lets go of `cancel`, so a
    # death of its own may come with a cancellation: it is told by its signal, code or CPU time.
    killed = bool(why) and number == signal.SIGKILL
    cause = ""
    if why == "wall time":
        cause = "wall time"
    elif number in (signal.SIGKILL, signal.SIGXCPU) and cpu_s >= 0.5 * limits.cpu_s:
        # RLIMIT_CPU counts whole ticks; on a busy machine that is far more than what was really used.
        cause, killed = "cpu time", False
    elif number == signal.SIGKILL and not killed:
        cause = "out of memory"  # nobody else kills but the kernel when it is short of it
    elif number == signal.SIGSYS:
        cause = "forbidden system call"
    elif number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS) and resident >= 0.9 * limits.memory_bytes:
        cause = "out of memory"
    return Exit(None if number else code, number, killed, cpu_s, resident, cause)


def _say(status: int, message: dict[str, Any]) -> None:
    """A line on the status pipe; short enough to be written whole. Nobody may be listening any more."""
    with contextlib.suppress(OSError):
        os.write(status, json.dumps(message).encode("ascii")[:4000] + b"\n")
