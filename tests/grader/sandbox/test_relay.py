"""Pipes over one stream: everything arrives, in order, and nobody who stops reading holds up another."""

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox import relay
from grader.sandbox.control import Streams, pipes
from grader.sandbox.relay import CANCEL, DATA, OUTPUT, STATUS, Ends, Relay


class Joined:
    """One end of a socket pair as a `Stream`."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        end.setblocking(False)

    def read_end(self) -> int:
        return self.end.fileno()

    def write_end(self) -> int:
        return self.end.fileno()

    def read(self) -> bytes | None:
        try:
            return self.end.recv(1 << 16) or None
        except BlockingIOError:
            return b""
        except ConnectionResetError:
            return None

    def write(self, data: memoryview) -> int:
        try:
            return self.end.send(data)
        except BlockingIOError:
            return 0


class Way:
    """Both relays in threads: `here` is what a grader holds, `there` what a launcher and its worker hold."""

    def __init__(self) -> None:
        self.one, self.two = socket.socketpair()
        self.here, here_far = pipes()
        there_near, self.there = pipes()
        self.grader, self.porter = Ends(Joined(self.one)), Ends(Joined(self.two))
        near, far = here_far.data.detach(), there_near.data.detach()
        carried = Relay(
            self.grader,
            {DATA: near, CANCEL: here_far.cancel},
            {DATA: near, OUTPUT: here_far.output, STATUS: here_far.status},
            frozenset(),
        )
        carrying = Relay(
            self.porter,
            {DATA: far, OUTPUT: there_near.output, STATUS: there_near.status},
            {DATA: far, CANCEL: there_near.cancel},
            frozenset((DATA, OUTPUT, STATUS)),
        )
        self.ended: list[object] = []
        self.threads = [threading.Thread(target=self._run, args=(each,)) for each in (carried, carrying)]
        for thread in self.threads:
            thread.start()

    def _run(self, carrier: Relay) -> None:
        try:
            message = carrier.run()
            self.ended.append(message)
            if message is None:
                self.porter.say({"over": True})
                self.porter.flush()
        except (EOFError, OSError) as error:
            self.ended.append(error)

    def close(self) -> None:
        for streams in (self.here, self.there):
            with contextlib.suppress(OSError):
                streams.close()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()
        self.one.close()  # now that nobody waits at them
        self.two.close()


@pytest.fixture
def way() -> Iterator[Way]:
    opened = Way()
    yield opened
    for end in (opened.one, opened.two):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    opened.close()


def exactly(end: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        found += end.recv(count - len(found))
    return found


def end_there(way: Way, streams: Streams) -> None:
    streams.data.close()
    os.close(streams.output)
    os.close(streams.status)


def test_a_run_is_carried_to_its_end(way: Way) -> None:
    way.here.data.sendall(b"question")
    assert exactly(way.there.data, 8) == b"question"
    os.write(way.there.output, b"printed")
    way.there.data.sendall(b"answer")
    os.write(way.there.status, b'{"exit": 0}\n')
    end_there(way, way.there)
    assert exactly(way.here.data, 6) == b"answer"
    assert way.here.data.recv(1) == b""
    assert os.read(way.here.output, 100) == b"printed"
    assert os.read(way.here.status, 100) == b'{"exit": 0}\n'
    for thread in way.threads:
        thread.join(10)
    assert way.ended == [None, {"over": True}]


def test_what_was_printed_is_there_before_the_answer(way: Way) -> None:
    for number in range(200):
        os.write(way.there.output, b"x" * (number + 1))
        way.there.data.sendall(b"a")
        assert exactly(way.here.data, 1) == b"a"
        os.set_blocking(way.here.output, False)
        assert len(os.read(way.here.output, 1 << 16)) == number + 1


def test_an_answer_does_not_wait_for_what_is_printed_after_it() -> None:
    readable, writable = os.pipe()
    here, there = socket.socketpair()
    one, two = socket.socketpair()
    with here, there, one, two:
        for descriptor in (writable, there.fileno()):
            os.set_blocking(descriptor, False)
        ends = Ends(Joined(one))
        room = _fill(writable)
        output = relay._Sink(OUTPUT, writable)
        data = relay._Sink(DATA, there.fileno(), output)
        output.put(b"before")
        data.put(b"answer")
        output.put(bytes(relay.LARGEST))
        for sink in (output, data):
            sink.give(ends)
        here.setblocking(False)
        with pytest.raises(BlockingIOError):  # what was printed before it is not handed on yet
            here.recv(6)
        os.read(readable, room)
        for sink in (output, data):
            sink.give(ends)
        assert output.waiting  # and nobody reads on
        assert here.recv(100) == b"answer"
    for descriptor in (readable, writable):
        os.close(descriptor)


def _fill(pipe: int) -> int:
    """Fill a pipe; how many bytes it held."""
    room = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            room += os.write(pipe, bytes(4096))
    return room


def test_an_order_to_kill_passes_what_nobody_reads(way: Way) -> None:
    way.here.data.setblocking(False)
    way.there.data.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        for _ in range(1000):
            way.here.data.send(bytes(1 << 16))
    with contextlib.suppress(BlockingIOError):
        for _ in range(1000):
            way.there.data.send(bytes(1 << 16))
    os.close(way.here.cancel)
    assert os.read(way.there.cancel, 1) == b""
    os.write(way.there.status, b"killed\n")
    assert os.read(way.here.status, 100) == b"killed\n"


def test_the_far_end_of_questions_is_seen(way: Way) -> None:
    way.here.data.shutdown(socket.SHUT_WR)
    assert way.there.data.recv(1) == b""
    way.there.data.sendall(b"last")
    assert exactly(way.here.data, 4) == b"last"


def test_a_stream_that_ends_ends_the_run(way: Way) -> None:
    way.two.shutdown(socket.SHUT_RDWR)
    for thread in way.threads:
        thread.join(10)
    assert all(isinstance(error, (EOFError, OSError)) for error in way.ended)
    assert os.read(way.here.status, 1) == b""


@settings(max_examples=25)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 300_000)), max_size=8))
def test_bytes_arrive_as_they_went(pieces: list[tuple[bool, int]]) -> None:
    way = Way()
    try:
        for number, (outward, size) in enumerate(pieces):
            source, target = (way.here, way.there) if outward else (way.there, way.here)
            data = bytes([number]) * size
            sender = threading.Thread(target=source.data.sendall, args=(data,))
            sender.start()
            assert exactly(target.data, size) == data
            sender.join()
    finally:
        for end in (way.one, way.two):
            end.shutdown(socket.SHUT_RDWR)
        way.close()


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack("<BI", DATA, relay.LARGEST + 1),
        struct.pack("<BI", 77, 1) + b"x",
        struct.pack("<BI", CANCEL, 1) + b"x",
        struct.pack("<BI", relay.CONTROL, 3) + b"[1]",
        struct.pack("<BI", relay.CONTROL, 2) + b"\xff\xff",
        (struct.pack("<BI", DATA, 0)) * 2,
        struct.pack("<BI", OUTPUT, relay.LARGEST) * 1
        + bytes(relay.LARGEST)
        + struct.pack("<BI", OUTPUT, 1 << 31),
    ],
    ids=["too large", "no channel", "not its channel", "no message", "no text", "after the end", "length"],
)
def test_a_far_side_that_sends_nonsense_is_given_up(sent: bytes) -> None:
    one, two = socket.socketpair()
    near, far = pipes()
    data = far.data.detach()
    carried = Relay(
        Ends(Joined(one)),
        {DATA: data, CANCEL: far.cancel},
        {DATA: data, OUTPUT: far.output, STATUS: far.status},
        frozenset(),
    )
    with two:
        two.sendall(sent)
        with pytest.raises(EOFError):
            carried.run()
    one.close()
    near.close()


def test_room_is_given_back_a_good_part_at_a_time() -> None:
    one, two = socket.socketpair()
    readable, writable = os.pipe()
    with one, two:
        ends, far = Ends(Joined(one)), Ends(Joined(two))
        sink = relay._Sink(DATA, writable)
        for _ in range(relay.WINDOW // 1024):
            sink.put(bytes(1024))
            sink.give(ends)
            os.read(readable, 1024)
        ends.flush()
        far.receive()
        credits = [count for channel, count, _ in far.frames() if channel == DATA]
    for descriptor in (readable, writable):
        os.close(descriptor)
    assert credits == [relay.WINDOW // 4] * 4


def test_answers_go_together_but_for_the_first_that_somebody_may_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, local = socket.socketpair()
    one, two = socket.socketpair()
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        worker.send(b"more")

    monkeypatch.setattr("grader.sandbox.relay.time.sleep", sleep)
    with worker, one, two:
        trusted = Ends(Joined(two))
        data = local.detach()
        carrying = Relay(Ends(Joined(one)), {DATA: data}, {DATA: data}, frozenset(), gather_s=0.5)

        def carried(said: bytes) -> list[bytes]:
            worker.send(said)
            carrying._carry()
            carrying._gather()
            carrying._ends.flush()
            trusted.receive()
            return [body for _, _, body in trusted.frames()]

        def asked(said: bytes) -> None:
            trusted.put(DATA, said)
            trusted.flush()
            carrying._ends.receive()

        asked(b"a question")
        assert carried(b"first") == [b"first"]
        asked(b"a value of a function")
        assert carried(b"another question") == [b"another question"]  # who was heard of is answered at once
        assert slept == []
        assert carried(b"second") == [b"second", b"more"]
        assert slept == [0.5]
        carrying.close()
