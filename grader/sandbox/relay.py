"""The pipes of one run, carried over one stream: both ends of the way into a container.

A frame is a channel (one byte), a length (four) and so many bytes; length 0 says that the channel's source
has ended. Each channel has a window: no more than WINDOW bytes of it are on their way or unread, which the
far side gives back as it hands them on, a good part at a time. So nobody who stops reading one channel holds
up another: an order to kill always gets through, and so does the news of an end.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final, Protocol

from grader.sandbox.control import message_in

CONTROL, DATA, OUTPUT, STATUS, CANCEL = range(5)
WINDOW: Final = 1 << 20
LARGEST: Final = 1 << 16  # bytes a frame
_GIVEN_BACK: Final = WINDOW // 4  # at the least: a piece on its way wakes the engine twice, however small
_CREDIT: Final = 0x80  # with a channel: its reader has handed on so many bytes
_HEADER: Final = struct.Struct("<BI")


class Stream(Protocol):
    """What joins the two ends; neither call blocks."""

    def read_end(self) -> int:
        """The descriptor that is readable when `read` has something."""

    def write_end(self) -> int:
        """The descriptor that is writable when `write` can go on."""

    def read(self) -> bytes | None:
        """What has come, perhaps nothing; None at the end."""

    def write(self, data: memoryview) -> int:
        """How many bytes went; OSError where the far side is gone."""


class Ends:
    """A stream as frames, with what waits to be sent. It outlives the runs that it carries."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._received = bytearray()
        self._unsent = bytearray()

    def put(self, channel: int, data: bytes | memoryview = b"") -> None:
        """Have a frame sent; nothing but the end of a channel is empty."""
        self._unsent += _HEADER.pack(channel, len(data))
        self._unsent += data

    def say(self, message: Mapping[str, Any]) -> None:
        """Have a control message sent."""
        self.put(CONTROL, json.dumps(message).encode("ascii"))

    def credit(self, channel: int, count: int) -> None:
        """Tell the far side that bytes of a channel have been handed on."""
        self._unsent += _HEADER.pack(_CREDIT | channel, count)

    def receive(self) -> None:
        """Take in what has come; EOFError at the end of the stream."""
        data = self.stream.read()
        if data is None:
            raise EOFError("the far side is gone")
        self._received += data

    def frames(self) -> Iterator[tuple[int, int, bytes]]:
        """What has come whole: channel, credit (0 for a frame with bytes) and bytes."""
        while len(self._received) >= _HEADER.size:
            channel, length = _HEADER.unpack_from(self._received)
            if channel & _CREDIT:
                del self._received[: _HEADER.size]
                yield channel & ~_CREDIT, length, b""
                continue
            if length > LARGEST:
                raise EOFError(f"a frame of {length} bytes")
            if len(self._received) < _HEADER.size + length:
                return
            body = bytes(self._received[_HEADER.size : _HEADER.size + length])
            del self._received[: _HEADER.size + length]
            yield channel, 0, body

    def flush(self) -> bool:
        """Send what can be sent; whether something is left."""
        if self._unsent:
            with memoryview(self._unsent) as waiting:
                sent = self.stream.write(waiting)
            del self._unsent[:sent]
        return bool(self._unsent)

    def hear(self, timeout_s: float | None = None) -> dict[str, Any]:
        """The next control message while no run is on, what is left of the last one thrown away."""
        while True:
            for channel, _, body in self.frames():
                if channel == CONTROL:
                    return message_in(body)
            waiting = self.flush()
            poll = select.poll()
            poll.register(self.stream.read_end(), select.POLLIN)
            if waiting:
                poll.register(self.stream.write_end(), select.POLLOUT)
            if not poll.poll(None if timeout_s is None else 1000 * timeout_s):
                raise TimeoutError("the container does not answer")
            self.receive()


class _Source:
    """A descriptor whose bytes go to the far side."""

    def __init__(self, channel: int, descriptor: int) -> None:
        self.channel, self.descriptor = channel, descriptor
        self.room = WINDOW
        self.ended = False

    def take(self, ends: Ends, before: _Source | None = None) -> None:
        """Pass on what is there, as far as the window goes, and ahead of it what `before` had by then."""
        whole = True
        while whole and not self.ended and self.room:
            size = min(self.room, LARGEST)
            try:
                data = os.read(self.descriptor, size)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if before is not None:
                before.take(ends)
            self.ended = not data
            whole = len(data) == size  # else there is no more just now, or there will be word of it
            self.room -= len(data)
            ends.put(self.channel, data)


class _Sink:
    """A descriptor that gets the far side's bytes. Where nobody reads any more, they are dropped.

    What was printed `before` a byte came is handed on before it, and what comes after it never holds it up:
    else a call that prints without end would keep the answer to the call before it.
    """

    def __init__(self, channel: int, descriptor: int, before: _Sink | None = None) -> None:
        self.channel, self.descriptor = channel, descriptor
        self.waiting = bytearray()
        self.owed = 0  # bytes handed on that the far side does not know of
        self.over = self.ending = self.closed = self.deaf = False
        self._before = before
        self._come = self._gone = 0
        self._held: deque[tuple[int, bytes]] = deque()  # each until so many bytes have gone before it

    @property
    def size(self) -> int:
        """How many bytes are here."""
        return self._come - self._gone

    def put(self, body: bytes) -> None:
        """Take what has come, the end where it is empty."""
        self._come += len(body)
        self.over = not body
        self._held.append((self._before._come if self._before else 0, body))
        self._let_go()

    def _let_go(self) -> None:
        while self._held and (self._before is None or self._before._gone >= self._held[0][0]):
            _, body = self._held.popleft()
            self.waiting += body
            self.ending = not body

    def give(self, ends: Ends) -> None:
        """Hand on what waits, and the end after it."""
        self._let_go()
        while self.waiting:
            try:
                sent = len(self.waiting) if self.deaf else os.write(self.descriptor, self.waiting)
            except BlockingIOError:
                return
            except OSError:
                self.deaf = True
                continue
            del self.waiting[:sent]
            self._gone += sent
            self.owed += sent
            if self.owed >= _GIVEN_BACK:
                ends.credit(self.channel, self.owed)
                self.owed = 0
        if self.ending and not self.closed:
            self._end()

    def _end(self) -> None:
        """Let the reader at the other end see the end. A socket may still be read from here."""
        self.closed = True
        if self.channel != DATA:
            os.close(self.descriptor)
            return
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self.descriptor)) as half:
            half.shutdown(socket.SHUT_WR)


class Relay:
    """Carries one run: local descriptors to and from the far side, until it is over.

    `over` says which sources must have ended; what else ends it is the end of the stream (EOFError), or a
    control message, which `run` returns. The descriptors are the relay's, which closes them.

    `gather_s` is how long data may be held back for more to come along: answers follow each other fast, and
    each one on its way by itself costs more than what it answers. What the far side may be waiting for, the
    first after it was heard of, is not.
    """

    def __init__(
        self,
        ends: Ends,
        sources: Mapping[int, int],
        sinks: Mapping[int, int],
        over: frozenset[int],
        gather_s: float = 0.0,
    ) -> None:
        self._ends = ends
        self._gather_s = gather_s
        self._ready = frozenset(sources.values())  # what may have something
        self._taken = False  # data that is not sent yet
        self._heard = True  # of the far side, since data was sent
        # Printed before answered: output goes first, and an answer waits for it.
        self._sources = {channel: _Source(channel, sources[channel]) for channel in _in_order(sources)}
        self._sinks: dict[int, _Sink] = {}
        for channel in _in_order(sinks):
            before = self._sinks.get(OUTPUT) if channel == DATA else None
            self._sinks[channel] = _Sink(channel, sinks[channel], before)
        self._over = over
        for descriptor in {*sources.values(), *sinks.values()}:
            os.set_blocking(descriptor, False)

    def run(self) -> dict[str, Any] | None:
        """Carry until it is over and handed on; the control message that ended it, or None."""
        try:
            message = None
            while message is None:
                message = self._carry()
                if self._over and all(self._sources[channel].ended for channel in self._over):
                    return None
                if message is None:
                    self._gather()
                    self._wait()
            self._hand_on()
            return message
        finally:
            self.close()

    def close(self) -> None:
        """Close every descriptor; harmless when repeated."""
        held = {source.descriptor for source in self._sources.values()}
        held |= {sink.descriptor for sink in self._sinks.values() if sink.channel == DATA or not sink.closed}
        self._sources, self._sinks = {}, {}
        for descriptor in held:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _carry(self) -> dict[str, Any] | None:
        for channel, count, body in self._ends.frames():
            if channel == CONTROL:
                return message_in(body)
            self._heard |= channel == DATA and not count
            self._take_in(channel, count, body)
        for sink in self._sinks.values():
            sink.give(self._ends)
        self._take(self._ready)
        return None

    def _take(self, ready: Set[int]) -> None:
        output = self._sources.get(OUTPUT)
        for source in self._sources.values():
            if source.descriptor not in ready:
                continue
            room = source.room
            source.take(self._ends, output if source is not output else None)
            self._taken |= source.channel == DATA and source.room < room

    def _gather(self) -> None:
        """Let more data come to what is about to be sent."""
        if not self._gather_s or not self._taken:
            return
        if not self._heard:
            time.sleep(self._gather_s)
            self._take({source.descriptor for source in self._sources.values()})
        self._heard = self._taken = False

    def _hand_on(self) -> None:
        """Let the readers have what has come."""
        while True:
            for sink in self._sinks.values():
                sink.give(self._ends)
            poll = select.poll()
            waiting = [sink for sink in self._sinks.values() if sink.waiting]  # all else waits for these
            if not waiting:
                return
            for sink in waiting:
                poll.register(sink.descriptor, select.POLLOUT)
            poll.poll()

    def _take_in(self, channel: int, count: int, body: bytes) -> None:
        if count:
            source = self._sources.get(channel)
            if source is not None:
                source.room += count
            return
        sink = self._sinks.get(channel)
        if sink is None or sink.over or sink.size + len(body) > WINDOW:
            raise EOFError(f"the far side sent what it was not to send on channel {channel}")
        sink.put(body)

    def _wait(self) -> None:
        stream = self._ends.stream
        wanted = {stream.read_end(): select.POLLIN}
        for source in self._sources.values():
            if source.room and not source.ended:
                wanted[source.descriptor] = wanted.get(source.descriptor, 0) | select.POLLIN
        for sink in self._sinks.values():
            if sink.waiting:
                wanted[sink.descriptor] = wanted.get(sink.descriptor, 0) | select.POLLOUT
        if self._ends.flush():
            wanted[stream.write_end()] = wanted.get(stream.write_end(), 0) | select.POLLOUT
        poll = select.poll()
        for descriptor, events in wanted.items():
            poll.register(descriptor, events)
        self._ready = frozenset(descriptor for descriptor, events in poll.poll() if events & ~select.POLLOUT)
        if stream.read_end() in self._ready:
            self._ends.receive()


def _in_order(channels: Mapping[int, int]) -> Iterator[int]:
    return iter(sorted(channels, key=(OUTPUT, DATA, STATUS, CANCEL).index))
