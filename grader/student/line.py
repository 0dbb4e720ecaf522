"""One sandbox's two pipes, and the clock."""

from __future__ import annotations

import math
import os
import secrets
import select
import time
from collections.abc import Callable, Iterator, Set
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from grader import wire
from grader.sandbox.types import Exit, Launcher, Limits, Sandbox
from grader.student.ends import BrokenError
from grader.student.slices import Slices
from suites.types import Verdict

CHUNK = 1 << 18
BATCH = 1 << 16
GATHER_S = 0.001  # replies on each other's heels are looked at together: to wake for one costs more than it


class Paper:
    """What a submission prints, over all its sandboxes: the beginning is kept, the rest is counted."""

    def __init__(self, limits: Limits) -> None:
        self.kept = bytearray()
        self.total = 0
        self._keep = limits.printed_kept

    def add(self, data: bytes) -> None:
        self.total += len(data)
        self.kept += data[: max(0, self._keep - len(self.kept))]


class Line:
    """A sandbox and its two pipes. Nothing here blocks but `poll`, with a deadline."""

    def __init__(self, launcher: Launcher, limits: Limits, paper: Paper) -> None:
        self._limits = limits
        self._paper = paper
        self._printed = 0  # by this sandbox
        self._seq = 0
        self._received = bytearray()
        self._frames: Iterator[bytes] = iter(())
        self._unsent = memoryview(b"")
        self._exits = ExitStack()
        self._bounds = replace(wire.REPLY, size=limits.reply_bytes)
        self.sandbox: Sandbox = self._exits.enter_context(launcher.open(limits))
        self.sandbox.data.setblocking(False)
        os.set_blocking(self.sandbox.output, False)
        self._poll = select.poll()
        self._poll.register(self.sandbox.data, select.POLLIN)
        self._poll.register(self.sandbox.output, select.POLLIN)
        self._listening = True  # to the output
        self._writing = False

    def close(self, *, hung_up: bool = False) -> Exit:
        """End the sandbox and read what it printed until then; `hung_up` where the far side has begun."""
        with self._exits:
            if hung_up:
                self.sandbox.hung_up()
            self.sandbox.kill()
            ended = self.sandbox.wait()
            self._drain()
            return ended

    def exchange(
        self,
        kind: int,
        requests: Iterator[Any],
        count: int,
        deadline: float,
        callbacks: Callable[[Any], Any] | None = None,
        slices: Slices | None = None,
    ) -> Iterator[tuple[int, Any, float]]:
        """Send `count` requests and yield kind, value and seconds of each reply as it comes.

        Requests are encoded and sent while earlier ones are being answered: the far side never waits for us.
        Where a request gives functions, `callbacks` answers what is asked of them meanwhile, in our own time.
        So is what passes between `slices`.
        """
        self._seq += 1
        nonce = secrets.token_bytes(wire.NONCE_BYTES)
        self._frames = (wire.frame(kind, self._seq, nonce, request, wire.REQUEST) for request in requests)
        self._unsent = self._next()
        expected = {wire.READY if kind == wire.LOAD else wire.REPLY_TO_CALL, wire.FAILED}
        expected |= {wire.CALLBACK} if callbacks else set()
        since = time.monotonic()
        while count:
            if count > 1 and not callbacks and not self._unsent:
                time.sleep(GATHER_S)
            self._turn(since, deadline, slices.ends if slices else math.inf)
            if slices and not self._has_come():
                lost = slices.pause_if_over()
                since, deadline = since + lost, deadline + lost
            while count and (header := self._whole(expected, nonce)):
                if header.kind == wire.CALLBACK and callbacks:
                    since += self._call_back(header, callbacks)
                    continue
                count -= 1
                value = self._value(header, self._bounds)
                now = time.monotonic()
                yield header.kind, value, now - since
                since = now
        self._drain()
        self._check_printed(late=True)
        if self._received or self._unsent:
            raise BrokenError(Verdict.PROTOCOL, "sent more than it was asked for", late=True)

    def _call_back(self, header: wire.Header, callbacks: Callable[[Any], Any]) -> float:
        """Answer one question that the far side asks in the middle of a call; the seconds that it took."""
        started = time.monotonic()
        asked = self._value(header, wire.ARGUMENTS)
        if self._unsent or self._received:
            raise BrokenError(Verdict.PROTOCOL, "asked again before it had heard the answer")
        value = callbacks(asked)
        self._unsent = memoryview(wire.frame(wire.RETURNED, header.seq, header.nonce, value, wire.REQUEST))
        self._write()  # the far side waits: to ask first whether there is room costs as much again
        return time.monotonic() - started

    def _next(self) -> memoryview:
        """The next frames to send: several small ones at a time, or nothing."""
        batch, size = [], 0
        for frame in self._frames:
            batch.append(frame)
            size += len(frame)
            if size >= BATCH:
                break
        return memoryview(b"".join(batch))

    def _turn(self, since: float, deadline: float, until: float) -> None:
        """Wait for anything to happen, at most until then, and let it: send, receive, collect prints."""
        if bool(self._unsent) != self._writing:
            self._writing = bool(self._unsent)
            self._poll.modify(self.sandbox.data, select.POLLIN | (select.POLLOUT if self._writing else 0))
        ends = min(since + self._limits.question_s, deadline)
        heard = False
        happened = self._poll.poll(1000 * max(0.0, min(ends, until) - time.monotonic()))
        now = time.monotonic()
        for descriptor, events in happened:
            if descriptor == self.sandbox.output:
                self._print()
                self._check_printed()
                continue
            if events & select.POLLOUT:
                self._write()
            if events & ~select.POLLOUT:
                self._read(now - since)
                heard = True
        # A reply that has come is taken before the clock is looked at: our own pauses cost nobody an answer.
        if now > ends and not (heard and self._has_come()):
            self._late(now - since, since + self._limits.question_s > deadline)

    def _late(self, seconds: float, whole: bool) -> None:
        limit = self._limits.total_s if whole else self._limits.question_s
        cause = f"took more than {limit:g} s" + (" in all" if whole else "")
        raise BrokenError(Verdict.TIMEOUT, cause, seconds, whole=whole)

    def _write(self) -> None:
        try:
            sent = self.sandbox.data.send(self._unsent[:CHUNK])
        except (BlockingIOError, InterruptedError):
            return
        except OSError:  # it has hung up, and may have answered some of the questions first: they are read
            self._frames, self._unsent = iter(()), memoryview(b"")
            return
        self._unsent = self._unsent[sent:] or self._next()

    def _read(self, seconds: float) -> None:
        try:
            data = self.sandbox.data.recv(CHUNK)  # never recvmsg: it may send descriptors to nobody
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            raise BrokenError(Verdict.CRASH, "closed its connection", seconds, ended=True)
        self._received += data

    def _has_come(self) -> bool:
        """Whether a whole frame has come, or what cannot become one."""
        if len(self._received) < wire.HEADER_BYTES:
            return False
        return len(self._received) >= wire.HEADER_BYTES + self._header().length

    def _header(self) -> wire.Header:
        try:
            return wire.unpack_header(self._received[: wire.HEADER_BYTES], self._limits.reply_bytes)
        except wire.WireError as error:
            raise BrokenError(Verdict.PROTOCOL, f"sent bytes that are no reply: {error}") from None

    def _whole(self, expected: Set[int], nonce: bytes) -> wire.Header | None:
        """The header of the next frame, if all of it has come; it must answer what was asked."""
        if len(self._received) < wire.HEADER_BYTES:
            return None
        header = self._header()
        if header.kind not in expected or header.seq != self._seq or header.nonce != nonce:
            raise BrokenError(Verdict.PROTOCOL, "answered a question that was not asked")
        return header if len(self._received) >= wire.HEADER_BYTES + header.length else None

    def _value(self, header: wire.Header, bounds: wire.Bounds) -> Any:
        end = wire.HEADER_BYTES + header.length
        body = bytes(memoryview(self._received)[wire.HEADER_BYTES : end])
        del self._received[:end]
        try:
            return wire.decode(body, bounds)
        except wire.WireError as error:
            raise BrokenError(Verdict.PROTOCOL, f"sent bytes that are no reply: {error}") from None

    def _print(self) -> bool:
        """Collect what is printed; whether there may be more."""
        try:
            data = os.read(self.sandbox.output, CHUNK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(self.sandbox.output)
            self._listening = False
            return False
        self._paper.add(data)
        self._printed += len(data)
        return True

    @property
    def _flooded(self) -> bool:
        return self._printed > self._limits.printed_max

    def _check_printed(self, late: bool = False) -> None:
        if self._flooded:
            cause = f"printed more than {self._limits.printed_max} bytes"
            raise BrokenError(Verdict.OUTPUT, cause, late=late)

    def _drain(self) -> None:
        while self._listening and not self._flooded and self._print():
            pass
