"""Messages on the control socket between the trusted side and its zygote: JSON with file descriptors."""

from __future__ import annotations

import json
import os
import socket
import struct
from contextlib import ExitStack
from typing import Any, NamedTuple

_HEADER = struct.Struct("<I")
_LARGEST = 1 << 20
_ON_THEIR_WAY = 1 << 20  # bytes, as far as the system allows


class Streams(NamedTuple):
    """One side of a run: what it is asked, prints, how it fares; who closes `cancel` ends it."""

    data: socket.socket
    output: int
    status: int
    cancel: int

    def close(self) -> None:
        """Close all four."""
        self.data.close()
        for descriptor in (self.output, self.status, self.cancel):
            os.close(descriptor)


def pipes() -> tuple[Streams, Streams]:
    """The four streams of a new run, our ends and the far ones; OSError where there is no room for all."""
    with ExitStack() as opened:
        near, far = map(opened.enter_context, socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
        for end in (near, far):  # room for many calls on their way, so that neither side waits for the other
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ON_THEIR_WAY)
        status, status_far = _pipe(opened)
        output, output_far = _pipe(opened)
        cancel_far, cancel = _pipe(opened)
        opened.pop_all()
    return Streams(near, output, status, cancel), Streams(far, output_far, status_far, cancel_far)


def _pipe(opened: ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        opened.callback(os.close, end)
    return ends


def order(zygote: socket.socket, message: dict[str, Any]) -> Streams:
    """Order a run from a zygote, with new pipes to it. OSError where the zygote is gone."""
    near, far = pipes()
    try:
        send(zygote, message, (far.data.fileno(), far.status, far.output, far.cancel))
    except BaseException:
        near.close()
        raise
    finally:
        far.close()
    return near


def send(stream: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """Send one message; the descriptors travel with its header."""
    body = json.dumps(message).encode("ascii")
    if descriptors:
        socket.send_fds(stream, [_HEADER.pack(len(body))], list(descriptors))
        stream.sendall(body)
    else:
        stream.sendall(_HEADER.pack(len(body)) + body)


def receive(stream: socket.socket, descriptors: int = 0) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The next message and up to so many descriptors; raises EOFError when the other end is gone."""
    header, received, _, _ = socket.recv_fds(stream, _HEADER.size, descriptors)
    header += _exactly(stream, _HEADER.size - len(header))
    (length,) = _HEADER.unpack(header)
    if length > _LARGEST:
        raise EOFError(f"a control message of {length} bytes")
    return message_in(_exactly(stream, length)), tuple(received)


def message_in(body: bytes) -> dict[str, Any]:
    """A message; EOFError where the far side sends none, for then it is not what it was."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise EOFError("the far side sent a message that makes no sense")
    return message


def _exactly(stream: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        chunk = stream.recv(count - len(received))
        if not chunk:
            raise EOFError("the other end of the control socket is gone")
        received += chunk
    return bytes(received)
