"""The wire: plain values as bytes and back, and the frames they travel in. No other package knows the format.

`decode` is meant for hostile bytes: it returns a plain value or raises `WireError`, runs nothing, and
allocates in proportion to the bytes that really came, never to a size that somebody declared. `encode` may
meet hostile objects: it takes their data through the base classes and asks none of their overridden methods.
"""

from __future__ import annotations

from grader.wire.decoding import decode
from grader.wire.encoding import Encoded, encode, prepare
from grader.wire.format import ARGUMENTS, MAX_DEVICE_US, REPLY, REQUEST, VALUE, Bounds, WireError
from grader.wire.frames import (
    ASK,
    CALLBACK,
    FAILED,
    HEADER_BYTES,
    LOAD,
    MAGIC,
    NONCE_BYTES,
    READY,
    REPLY_TO_CALL,
    RETURNED,
    Header,
    frame,
    frame_parts,
    pack,
    unpack_header,
)

__all__ = [
    "ARGUMENTS",
    "ASK",
    "CALLBACK",
    "FAILED",
    "HEADER_BYTES",
    "LOAD",
    "MAGIC",
    "MAX_DEVICE_US",
    "NONCE_BYTES",
    "READY",
    "REPLY",
    "REPLY_TO_CALL",
    "REQUEST",
    "RETURNED",
    "VALUE",
    "Bounds",
    "Encoded",
    "Header",
    "WireError",
    "decode",
    "encode",
    "frame",
    "frame_parts",
    "pack",
    "prepare",
    "unpack_header",
]
