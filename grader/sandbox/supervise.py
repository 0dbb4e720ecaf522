"""What a zygote does all day: forks a run at each order, ends it in time and says how it ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.sandbox import control, namespaces, orphans
from grader.sandbox.confine import Grounds, Pipes, confine
from grader.sandbox.levels import Level
from grader.sandbox.orphans import SWEEP_S
from grader.sandbox.status import Unready, tell
from grader.sandbox.types import Exit, Limits

SETUP_FAILED = 125  # exit code of a child that never met student code

Serve = Callable[[Any], None]


@dataclass
class _Run:
    """A run under way. `status` is where its end is told, `cancel` hangs up when nobody wants it any more."""

    status: int
    cancel: int
    deadline: float
    limits: Limits
    why: str = ""  # we have killed it


@dataclass(frozen=True)
class _Dead:
    """A run that has ended, but for what it left behind. Its end is told when that has gone, or in time."""

    status: int
    end: Exit
    deadline: float


class Supervisor:
    """The zygote's side of all its runs, by process id. One thread, which never waits for a single run."""

    def __init__(self, grounds: Grounds, orders: socket.socket, serve: Serve) -> None:
        self._grounds = grounds
        self._orders = orders
        self._serve = serve
        self._runs: dict[int, _Run] = {}
        self._dead: list[_Dead] = []
        self._ended = _child_signal()
        self._sweeps = grounds.level == Level.process
        if self._sweeps:
            orphans.inherit()
        self._poll = select.poll()
        for descriptor in (orders.fileno(), self._ended):
            self._poll.register(descriptor, select.POLLIN)

    def run(self) -> None:
        """Follow orders until the trusted side is gone, and leave nothing behind."""
        while self._turn():
            pass
        if self._sweeps:  # elsewhere the runs end with us
            orphans.kill_all(self._runs, self._ended)

    def _turn(self) -> bool:
        """Wait for anything to happen and see to it; whether there may be more."""
        ready = [descriptor for descriptor, _ in self._poll.poll(self._patience_ms())]
        if self._ended in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._ended, 512)
        self._reap()  # first: a death of its own is not to be taken for a cancellation
        self._sweep()
        now = time.monotonic()
        for pid, run in self._runs.items():
            if run.cancel in ready or now >= run.deadline:
                self._kill(pid, run, "cancelled" if run.cancel in ready else "wall time")
        return self._orders.fileno() not in ready or self._follow()

    def _patience_ms(self) -> float | None:
        deadlines = [run.deadline for run in self._runs.values() if not run.why]
        deadlines += [dead.deadline for dead in self._dead]
        return 1000 * max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

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
            tell(status, Unready(str(error)))
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
        if not run.why:
            self._poll.unregister(run.cancel)
        os.close(run.cancel)
        dead = _Dead(run.status, _verdict(run.why, status, usage, run.limits), time.monotonic() + SWEEP_S)
        if self._sweeps:
            orphans.kill_group(pid)
            self._dead.append(dead)
        else:
            _bury(dead)

    def _sweep(self) -> None:
        """End what dead runs left behind; their ends are told when it has gone, or takes too long.

        Each that goes wakes us, and has left its own children to us by then.
        """
        if not self._dead:
            return
        left, now = orphans.kill(self._runs), time.monotonic()
        done = [dead for dead in self._dead if not left or now >= dead.deadline]
        self._dead = [dead for dead in self._dead if dead not in done]
        for dead in done:
            _bury(dead)


def _bury(dead: _Dead) -> None:
    tell(dead.status, dead.end)
    os.close(dead.status)


def _be_run(grounds: Grounds, limits: Limits, pipes: Pipes, zygote: int, serve: Serve) -> NoReturn:
    """Be the confined process of one run: confine, say so, and serve. Never returns."""
    code = SETUP_FAILED
    try:
        try:
            stream = confine(grounds, limits, pipes, zygote)
        except Exception as error:
            tell(pipes.status, Unready(f"{type(error).__name__}: {error}"))
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
