"""Frames: what a message is, which question it belongs to, and how long it is."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from grader.wire.encoding import pieces
from grader.wire.format import VALUE, Bounds, WireError

MAGIC = b"ASY1"
LOAD, ASK, REPLY_TO_CALL, FAILED, READY, CALLBACK, RETURNED = 1, 2, 3, 4, 5, 6, 7
NONCE_BYTES = 16
_HEADER = struct.Struct("<4sBBHIQ16s")
HEADER_BYTES = _HEADER.size
_LARGE = 1 << 16  # bytes of an array that are not worth another copy


class Header(NamedTuple):
    """The first bytes of a frame: what it is, which request it belongs to, how long its body is."""

    kind: int
    seq: int
    nonce: bytes
    length: int


def pack(kind: int, seq: int, nonce: bytes, body: bytes) -> bytes:
    """A whole frame."""
    return _HEADER.pack(MAGIC, kind, 0, 0, seq, len(body), nonce) + body


def frame(kind: int, seq: int, nonce: bytes, value: Any, bounds: Bounds = VALUE) -> bytes:
    """A whole frame of a value: its data is copied once, into its place."""
    parts, size = pieces(value, bounds)
    parts[0] = _HEADER.pack(MAGIC, kind, 0, 0, seq, size, nonce)
    return b"".join(parts)


def frame_parts(
    kind: int, seq: int, nonce: bytes, value: Any, bounds: Bounds = VALUE
) -> list[bytes | memoryview]:
    """The same frame in parts, in order: the data of large arrays lies where it was."""
    pieced, size = pieces(value, bounds)
    pieced[0] = _HEADER.pack(MAGIC, kind, 0, 0, seq, size, nonce)
    parts: list[bytes | memoryview] = []
    small: list[Any] = []
    for piece in pieced:
        if isinstance(piece, memoryview) and piece.nbytes >= _LARGE:
            parts += [b"".join(small), piece]
            small = []
        else:
            small.append(piece)
    return [*parts, b"".join(small)] if small else parts


def unpack_header(data: bytes | bytearray | memoryview, limit: int = VALUE.size) -> Header:
    """The header of a frame whose body has at most `limit` bytes; WireError for anything else."""
    if len(data) != HEADER_BYTES:
        raise WireError("a header is cut short")
    magic, kind, zero, zeros, seq, length, nonce = _HEADER.unpack(data)
    if magic != MAGIC or zero or zeros or not LOAD <= kind <= RETURNED:
        raise WireError("these bytes are no frame")
    if length > limit:
        raise WireError(f"a frame of {length} bytes is too long")
    return Header(kind, seq, nonce, length)
