"""The launcher: a fork of the zygote that isolates a run, ends it in time and says how it ended."""

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
from grader.sandbox.confine import Grounds, Pipes, finish, prepare
from grader.sandbox.levels import Level
from grader.sandbox.types import Exit, Limits

SETUP_FAILED = 125  # exit code of a child that never met student code
_SWEEP_S = 2.0


Serve = Callable[[Any], None]


def run(grounds: Grounds, orders: socket.socket, zygote: int, serve: Serve) -> NoReturn:
    """Be the launcher of one run: isolate, wait for the order, see the run through. Never returns."""
    try:
        child: _Child | Exception
        try:
            child = _start(grounds, orders, zygote, serve)
        except Exception as error:
            child = error  # kept until there is somebody to tell
        order, (data, status, output, cancel) = control.receive(orders, 4)
        try:
            if isinstance(child, Exception):
                raise child
            _see_through(grounds, child, order, Pipes(data, status, output), cancel)
        except Exception as error:
            _say(status, {"error": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


@dataclass(frozen=True)
class _Child:
    """The process that will run the submission: it waits at `orders`; `ended` is readable when it ended."""

    pid: int
    orders: socket.socket
    ended: int


def _start(grounds: Grounds, zygote_orders: socket.socket, zygote: int, serve: Serve) -> _Child:
    """Isolate and fork the child, all before the order is known."""
    if sys.platform.startswith("linux"):
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != zygote:
            raise ProcessLookupError("the zygote ended")
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # daemons come back to us, to be ended
    if grounds.rooted is not None:
        namespaces.enter(grounds.rooted)
    ended = _child_signal()
    orders, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    launcher = os.getpid()
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        zygote_orders.close()
        orders.close()
        _be_child(grounds, far, launcher, serve)
    far.close()
    return _Child(pid, orders, ended)


def _see_through(grounds: Grounds, child: _Child, order: dict[str, Any], pipes: Pipes, cancel: int) -> None:
    """Hand the order on, wait for the end and report it."""
    limits = Limits(**order["limits"])
    deadline = time.monotonic() + order["wall_s"]
    if grounds.rooted is not None:
        namespaces.resize_scratch(grounds.rooted, limits.tmp_bytes)
    _say(pipes.status, {"pid": child.pid})
    control.send(child.orders, order, (pipes.data, pipes.status, pipes.output))
    os.close(pipes.data)
    os.close(pipes.output)
    why, status, usage = _watch(child.pid, child.ended, cancel, deadline)
    if grounds.level == Level.process:
        _sweep(child.pid)
    _say(pipes.status, {"exit": asdict(_verdict(why, status, usage, limits))})


def _be_child(grounds: Grounds, orders: socket.socket, launcher: int, serve: Serve) -> NoReturn:
    """Prepare, wait for the order, finish and serve. Never returns."""
    code = SETUP_FAILED
    try:
        failure: Exception | None = None
        try:
            prepare(grounds, launcher)
        except Exception as error:
            failure = error
        order, descriptors = control.receive(orders, 3)
        pipes = Pipes(*descriptors)
        try:
            if failure is not None:
                raise failure
            stream = finish(grounds, Limits(**order["limits"]), pipes, orders)
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


def _watch(pid: int, ended: int, cancel: int, deadline: float) -> tuple[str, int, Any]:
    """Wait for the end of `pid`; kill it at the deadline or when the trusted side lets go of `cancel`."""
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(cancel, select.POLLIN)
    why = ""
    while True:
        ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return why, status, usage
        if not ready or any(descriptor == cancel for descriptor, _ in ready):
            why = "cancelled" if ready else "wall time"
            # Nobody but us reaps the child, so its pid cannot have become another's.
            os.kill(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            return why, status, usage
        with contextlib.suppress(BlockingIOError):
            os.read(ended, 512)


def _sweep(pid: int) -> None:
    """End what the child left behind: its process group, then orphans, which are our children now.

    Only `process` needs this: above it there is no fork, or a process namespace that dies with its first.
    """
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    deadline = time.monotonic() + _SWEEP_S
    while time.monotonic() < deadline:
        try:
            done, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if done:
            continue
        for child in _children():
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.001)


def _children() -> list[int]:
    """Our children, by a walk through /proc (its `children` files are an option of the kernel)."""
    mine = os.getpid()
    found = []
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
                    if int(stat.read().rpartition(b")")[2].split()[1]) == mine:
                        found.append(int(name))
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
