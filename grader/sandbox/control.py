"""Messages on the control socket between the trusted side and its zygote: JSON with file descriptors."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_HEADER = struct.Struct("<I")
_LARGEST = 1 << 20


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
    message: dict[str, Any] = json.loads(_exactly(stream, length))
    return message, tuple(received)


def _exactly(stream: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        chunk = stream.recv(count - len(received))
        if not chunk:
            raise EOFError("the other end of the control socket is gone")
        received += chunk
    return bytes(received)
