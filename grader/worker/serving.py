"""The loop: frames come, the submission is loaded or called, frames go."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from grader import wire
from grader.worker.callbacks import Callbacks
from grader.worker.calls import Bounds, answer, seed
from grader.worker.failures import failure
from grader.worker.submission import Submission

CHUNK = 1 << 18


class Stream(Protocol):
    """What `serve` needs of a socket."""

    def recv(self, count: int, /) -> bytes: ...

    def recv_into(self, buffer: memoryview, /) -> int: ...

    def sendall(self, data: bytes | memoryview, /) -> None: ...


def serve(stream: Stream) -> None:
    """Answer frames until the stream ends."""
    inbox = _Inbox(stream)
    loaded: Submission | None = None
    bounds = Bounds(wire.VALUE, wire.REPLY)
    kept: dict[str, Any] = {}
    try:
        while True:
            frame = inbox.frame()
            if frame is None:
                return
            header, request = frame
            if header.kind == wire.ASK and loaded is not None:
                callbacks = Callbacks(header, stream.sendall, inbox.frame)
                reply = answer(header, loaded, request, kept, bounds, callbacks)
            elif header.kind == wire.LOAD:
                loaded = Submission(request["files"], request["main"])
                bounds = Bounds.of(request["reply_bytes"])
                reply = [_load(header, loaded)]
            else:
                raise wire.WireError("this frame is no request")
            _flush()  # what was printed is there before the reply is
            for part in reply:
                stream.sendall(part)
    finally:
        if loaded is not None:
            loaded.remove()


class _Inbox:
    """Frames from a stream: many small ones come with one look at it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0
        self._body = bytearray()

    def frame(self) -> tuple[wire.Header, Any] | None:
        """The next frame, decoded, or None when the stream ends before it does."""
        head = self._take(wire.HEADER_BYTES)
        if head is None:
            return None
        header = wire.unpack_header(head, wire.REQUEST.size)
        body = self._take(header.length)
        if body is None:
            return None
        return header, wire.decode(body, wire.REQUEST)

    def _take(self, count: int) -> bytes | bytearray | None:
        taken = self._data[self._at : self._at + count]
        self._at += count
        missing = count - len(taken)
        if not missing:
            return taken
        if missing > CHUNK:
            return self._large(taken, count)
        pieces = [taken]
        while missing > 0:
            chunk = self._stream.recv(CHUNK)
            if not chunk:
                return None
            pieces.append(chunk[:missing])
            self._data, self._at = chunk, missing
            missing -= len(chunk)
        return b"".join(pieces)

    def _large(self, taken: bytes, count: int) -> bytearray | None:
        """The same straight into its place, in the memory of the one before where the size is the same.

        Each copy of a large array, and each page that is touched first, costs what a student's function does.
        Whoever decodes it takes copies.
        """
        if len(self._body) != count:
            self._body = bytearray(count)
        body = self._body
        body[: len(taken)] = taken
        at = len(taken)
        with memoryview(body) as view:
            while at < count:
                got = self._stream.recv_into(view[at:])
                if not got:
                    return None
                at += got
        return body


def _load(header: wire.Header, submission: Submission) -> bytes:
    """Import the submission and say how it went; the first call finds the same random state every time."""
    try:
        submission.load()
    except BaseException as error:  # SystemExit too: a submission that leaves is an answer, not an end
        said = failure(-1, error, submission, "while it was imported")
        return wire.frame(wire.FAILED, header.seq, header.nonce, said)
    seed(0)  # not before: torch may have come with it
    return wire.frame(wire.READY, header.seq, header.nonce, None)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # the submission may have put anything there
            continue
