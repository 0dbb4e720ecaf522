"""The near end of the wire: asks a confined submission and believes nothing it hears.

`SandboxStudent` is a `suites.types.Student` whose answers come from sandboxes. It holds the clock: a question
has a deadline that starts again with each answer, the submission has one for the whole. What comes back is
bytes until `wire.decode` has made plain values of them; anything out of order ends the sandbox.
"""

from __future__ import annotations

import os
import secrets
import selectors
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

from grader import wire
from grader.sandbox.types import Exit, Launcher, Limits, Sandbox
from suites.types import Answer, Call, Failure, Opaque, Ref, Reply, Verdict

USUAL = Limits()
CHUNK = 1 << 18
BATCH = 1 << 16
MAX_CAUSE = 200
MAX_TEXT = 4000
# A reply may claim nothing else: a timeout or a fault of ours is not for the far side to declare.
CLAIMS = frozenset((Verdict.ERROR, Verdict.MISSING, Verdict.MEMORY, Verdict.SKIPPED))


class SandboxStudent:
    """A submission behind a launcher. A context manager: its end ends the sandbox.

    printed        the first of what it printed, at most limits.printed_kept bytes; `dropped` counts the rest.
    cpu_s          CPU time of all its sandboxes that have ended; max_rss_bytes is their largest.
    deaths         how many of its sandboxes ended before they had answered.
    """

    def __init__(
        self, launcher: Launcher, files: Mapping[str, str], main: str, limits: Limits = USUAL
    ) -> None:
        self._launcher = launcher
        self._load = wire.encode(
            {"files": dict(files), "main": main, "reply_bytes": limits.reply_bytes}, wire.REQUEST
        )
        self._limits = limits
        self._line: _Line | None = None
        self._over: Failure | None = None  # why nothing is asked any more
        self._asked_s = 0.0
        self._paper = _Paper(limits)
        self.cpu_s = 0.0
        self.max_rss_bytes = 0
        self.deaths = 0

    @property
    def printed(self) -> bytes:
        """What the submission printed, cut at the limit."""
        return bytes(self._paper.kept)

    @property
    def dropped(self) -> int:
        """How many bytes it printed beyond that."""
        return self._paper.total - len(self._paper.kept)

    def __enter__(self) -> SandboxStudent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox, if one is open."""
        if self._line is not None:
            self._bury()

    def ask(self, *calls: Call) -> list[Answer]:
        """One answer a call, in order, whatever happens."""
        answers: list[Answer] = []
        started = time.monotonic()
        deadline = started + self._limits.total_s - self._asked_s
        try:
            while len(answers) < len(calls):
                if self._over is None:
                    self._ask_some(calls[len(answers) :], answers, deadline)
                if self._over is not None:
                    answers += [self._over] * (len(calls) - len(answers))
        except BaseException:
            self.close()  # whatever is still on its way answers nothing that will be asked next
            raise
        finally:
            self._asked_s += time.monotonic() - started
        return answers

    def _ask_some(self, calls: Sequence[Call], answers: list[Answer], deadline: float) -> None:
        """Ask in one sandbox until all is answered, or the sandbox has died of a call and has its failure."""
        wanted = len(answers) + len(calls)
        try:
            if self._ready(deadline):
                self._converse(calls, answers, deadline)
        except OSError as error:
            self.close()
            failure = Failure(Verdict.INFRASTRUCTURE, f"the sandbox failed: {error}"[:MAX_CAUSE])
            answers += [failure] * (wanted - len(answers))

    def _ready(self, deadline: float) -> bool:
        """Whether there is a loaded submission to ask; if not, `_over` says why."""
        if self._line is not None:
            return True
        line = self._line = _Line(self._launcher, self._limits, self._paper)
        try:
            for kind, value, seconds in line.exchange(wire.LOAD, iter([self._load]), 1, deadline):
                if kind == wire.FAILED:
                    self._over = _failed(value, -1, seconds)
        except _BrokenError as broken:
            self._over = self._died(broken, " while it was imported")
        else:
            if self._over is not None:
                self._bury()
        return self._over is None

    def _converse(self, calls: Sequence[Call], answers: list[Answer], deadline: float) -> None:
        line = self._line
        assert line is not None
        bodies = (_request(index, call) for index, call in enumerate(calls))
        try:
            replies = line.exchange(wire.ASK, bodies, len(calls), deadline)
            for index, (kind, value, seconds) in enumerate(replies):
                answers.append(_answer(calls[index], index, kind, value, seconds))
        except _BrokenError as broken:
            failure = self._died(broken)
            if broken.late:  # what follows the last answer discredits it
                answers.pop()
            answers.append(failure)
            if broken.whole:
                self._over = failure

    def _died(self, broken: _BrokenError, when: str = "") -> Failure:
        """The failure that a broken line stands for; after `limits.deaths` of them nothing more is asked."""
        ended = self._bury()
        verdict, cause = broken.verdict, broken.cause
        if broken.ended:
            verdict, cause = _autopsy(ended, self._limits)
        if verdict is Verdict.INFRASTRUCTURE:
            raise OSError(cause)
        failure = Failure(verdict, cause + when, seconds=broken.seconds)
        self.deaths += 1
        if self.deaths >= self._limits.deaths:
            self._over = failure
        return failure

    def _bury(self) -> Exit:
        line, self._line = self._line, None
        assert line is not None
        ended = line.close()
        self.cpu_s += ended.cpu_s
        self.max_rss_bytes = max(self.max_rss_bytes, ended.max_rss_bytes)
        return ended


# --------------------------------------------------------------------------- values


def _request(index: int, call: Call) -> bytes:
    do = call.do if isinstance(call.do, str) else (call.do[0].name, call.do[1])
    args = [arg.name if isinstance(arg, Ref) else (arg,) for arg in call.args]
    results = [None if ref is None else ref.name for ref in call.results]
    return wire.encode((index, do, args, results, list(call.echo), call.seed), wire.REQUEST)


def _answer(call: Call, index: int, kind: int, value: Any, seconds: float) -> Answer:
    if kind == wire.FAILED:
        return _failed(value, index, seconds)
    if type(value) is not tuple or len(value) != 3 or type(value[0]) is not int or value[0] != index:
        raise _BrokenError(Verdict.PROTOCOL, "sent a reply out of order", seconds)
    wanted = call.results.count(None)
    return Reply(_crossed(value[1], wanted), _crossed(value[2], len(call.echo)), seconds)


def _crossed(sent: Any, count: int) -> tuple[Any, ...]:
    if type(sent) is not list or len(sent) != count:
        raise _BrokenError(Verdict.PROTOCOL, "sent another number of values than it was asked for")
    return tuple(_one(entry) for entry in sent)


def _one(entry: Any) -> Any:
    if type(entry) is tuple and len(entry) == 1:
        return entry[0]
    if type(entry) is str:
        return Opaque(entry[:MAX_CAUSE])
    raise _BrokenError(Verdict.PROTOCOL, "sent a value that is not marked as one")


def _failed(value: Any, index: int, seconds: float) -> Failure:
    """What the far side says went wrong: its words are data, its verdict one of a few."""
    if type(value) is not dict:
        raise _BrokenError(Verdict.PROTOCOL, "sent a failure that makes no sense", seconds)
    got, verdict, cause, text = (value.get(key) for key in ("i", "verdict", "cause", "text"))
    if type(got) is not int or got != index or type(cause) is not str or type(text) is not str:
        raise _BrokenError(Verdict.PROTOCOL, "sent a failure that makes no sense", seconds)
    if type(verdict) is not str or verdict not in {str(claim) for claim in CLAIMS}:
        raise _BrokenError(Verdict.PROTOCOL, "sent a verdict that is not for it to give", seconds)
    return Failure(Verdict(verdict), cause[:MAX_CAUSE], text[:MAX_TEXT], seconds)


# --------------------------------------------------------------------------- ends


class _BrokenError(Exception):
    """The line cannot be used any more. `ended`: the far side hung up, so its exit says why."""

    def __init__(
        self,
        verdict: Verdict,
        cause: str,
        seconds: float = 0.0,
        *,
        ended: bool = False,
        late: bool = False,
        whole: bool = False,
    ) -> None:
        super().__init__(cause)
        self.verdict, self.cause, self.seconds = verdict, cause, seconds
        self.ended, self.late, self.whole = ended, late, whole


def _autopsy(ended: Exit, limits: Limits) -> tuple[Verdict, str]:
    """What a process died of that hung up without being asked to."""
    cpu = (Verdict.TIMEOUT, f"used more than {limits.cpu_s:g} s of CPU")
    if "memory" in ended.cause:
        return Verdict.MEMORY, ended.cause[:MAX_CAUSE]
    if "cpu" in ended.cause.lower() or ended.signal == _signal("SIGXCPU"):
        return cpu
    if ended.signal == _signal("SIGKILL") and ended.cpu_s >= 0.95 * limits.cpu_s:
        return cpu  # past the hard limit the kernel says no more than this
    if ended.code is None and ended.signal is None:
        return Verdict.INFRASTRUCTURE, ended.cause[:MAX_CAUSE] or "the sandbox was lost"
    if ended.signal is None:
        return Verdict.CRASH, f"the process ended itself (exit code {ended.code})"
    if ended.killed and ended.signal == _signal("SIGKILL"):
        return Verdict.CRASH, "closed its connection"
    return Verdict.CRASH, f"the process died ({_signal_name(ended.signal)})"


def _signal(name: str) -> int | None:
    return getattr(signal, name, None)  # Windows has few of them


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# --------------------------------------------------------------------------- bytes


class _Paper:
    """What a submission prints, over all its sandboxes: the beginning is kept, the rest is counted."""

    def __init__(self, limits: Limits) -> None:
        self.kept = bytearray()
        self.total = 0
        self._keep, self._most = limits.printed_kept, limits.printed_max

    def add(self, data: bytes) -> None:
        self.total += len(data)
        self.kept += data[: max(0, self._keep - len(self.kept))]

    @property
    def full(self) -> bool:
        return self.total > self._most


class _Line:
    """One sandbox's two pipes. Nothing here blocks but `select`, with a deadline."""

    def __init__(self, launcher: Launcher, limits: Limits, paper: _Paper) -> None:
        self._limits = limits
        self._paper = paper
        self._seq = 0
        self._received = bytearray()
        self._frames: Iterator[bytes] = iter(())
        self._unsent = memoryview(b"")
        self._exits = ExitStack()
        self._bounds = replace(wire.REPLY, size=limits.reply_bytes)
        self._sandbox: Sandbox = self._exits.enter_context(launcher.open(limits))
        self._sandbox.data.setblocking(False)
        os.set_blocking(self._sandbox.output, False)
        self._selector = self._exits.enter_context(selectors.DefaultSelector())
        self._selector.register(self._sandbox.data, selectors.EVENT_READ)
        self._selector.register(self._sandbox.output, selectors.EVENT_READ)
        self._listening = True  # to the output
        self._writing = False

    def close(self) -> Exit:
        """End the sandbox and read what it printed until then."""
        with self._exits:
            self._sandbox.kill()
            ended = self._sandbox.wait()
            self._drain()
            return ended

    def exchange(
        self, kind: int, bodies: Iterator[bytes], count: int, deadline: float
    ) -> Iterator[tuple[int, Any, float]]:
        """Send `count` requests and yield kind, value and seconds of each reply as it comes.

        Requests are encoded and sent while earlier ones are being answered: the far side never waits for us.
        """
        self._seq += 1
        nonce = secrets.token_bytes(wire.NONCE_BYTES)
        self._frames = (wire.pack(kind, self._seq, nonce, body) for body in bodies)
        self._unsent = self._next()
        since = time.monotonic()
        while count:
            self._turn(since, deadline)
            frame = self._frame(kind, nonce)
            while frame is not None:
                count -= 1
                now = time.monotonic()
                yield (*frame, now - since)
                since = now
                frame = self._frame(kind, nonce) if count else None
        self._drain()
        self._check_printed(late=True)
        if self._received or self._unsent:
            raise _BrokenError(Verdict.PROTOCOL, "sent more than it was asked for", late=True)

    def _next(self) -> memoryview:
        """The next frames to send: several small ones at a time, or nothing."""
        batch, size = [], 0
        for frame in self._frames:
            batch.append(frame)
            size += len(frame)
            if size >= BATCH:
                break
        return memoryview(b"".join(batch))

    def _turn(self, since: float, deadline: float) -> None:
        """Wait for anything to happen and let it: send, receive, collect what is printed."""
        now = time.monotonic()
        ends = min(since + self._limits.question_s, deadline)
        if bool(self._unsent) != self._writing:
            self._writing = bool(self._unsent)
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._writing else 0)
            self._selector.modify(self._sandbox.data, events)
        heard = False
        happened = self._selector.select(max(0.0, ends - now))
        now = time.monotonic()
        for key, events in happened:
            if key.fd == self._sandbox.output:
                self._print()
                self._check_printed()
                continue
            if events & selectors.EVENT_WRITE:
                self._write()
            if events & selectors.EVENT_READ:
                self._read(now - since)
                heard = True
        # A reply that has come is taken before the clock is looked at: our own pauses cost nobody an answer.
        if now > ends and not (heard and self._whole()):
            self._late(now - since, since + self._limits.question_s > deadline)

    def _late(self, seconds: float, whole: bool) -> None:
        limit = self._limits.total_s if whole else self._limits.question_s
        cause = f"took more than {limit:g} s" + (" in all" if whole else "")
        raise _BrokenError(Verdict.TIMEOUT, cause, seconds, whole=whole)

    def _write(self) -> None:
        try:
            sent = self._sandbox.data.send(self._unsent[:CHUNK])
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            raise _BrokenError(Verdict.CRASH, "closed its connection", ended=True) from None
        self._unsent = self._unsent[sent:] or self._next()

    def _read(self, seconds: float) -> None:
        try:
            data = self._sandbox.data.recv(CHUNK)  # never recvmsg: it may send descriptors to nobody
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            raise _BrokenError(Verdict.CRASH, "closed its connection", seconds, ended=True)
        self._received += data

    def _whole(self) -> bool:
        """Whether a whole frame has come, or what cannot become one."""
        if len(self._received) < wire.HEADER_BYTES:
            return False
        return len(self._received) >= wire.HEADER_BYTES + self._header().length

    def _header(self) -> wire.Header:
        try:
            return wire.unpack_header(self._received[: wire.HEADER_BYTES], self._limits.reply_bytes)
        except wire.WireError as error:
            raise _BrokenError(Verdict.PROTOCOL, f"sent bytes that are no reply: {error}") from None

    def _frame(self, asked: int, nonce: bytes) -> tuple[int, Any] | None:
        """Kind and value of the next whole frame, if it has come and answers what was asked."""
        if len(self._received) < wire.HEADER_BYTES:
            return None
        header = self._header()
        expected = (wire.READY, wire.FAILED) if asked == wire.LOAD else (wire.REPLY_TO_CALL, wire.FAILED)
        if header.kind not in expected or header.seq != self._seq or header.nonce != nonce:
            raise _BrokenError(Verdict.PROTOCOL, "answered a question that was not asked")
        end = wire.HEADER_BYTES + header.length
        if len(self._received) < end:
            return None
        body = bytes(memoryview(self._received)[wire.HEADER_BYTES : end])
        del self._received[:end]
        try:
            return header.kind, wire.decode(body, self._bounds)
        except wire.WireError as error:
            raise _BrokenError(Verdict.PROTOCOL, f"sent bytes that are no reply: {error}") from None

    def _print(self) -> bool:
        """Collect what is printed; whether there may be more."""
        try:
            data = os.read(self._sandbox.output, CHUNK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(self._sandbox.output)
            self._listening = False
            return False
        self._paper.add(data)
        return True

    def _check_printed(self, late: bool = False) -> None:
        if self._paper.full:
            cause = f"printed more than {self._limits.printed_max} bytes"
            raise _BrokenError(Verdict.OUTPUT, cause, late=late, whole=True)

    def _drain(self) -> None:
        while self._listening and not self._paper.full and self._print():
            pass
