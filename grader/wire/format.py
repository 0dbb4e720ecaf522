"""What both directions agree on: tags, array types, and how much one message may hold.

A value is a tag byte and what follows it, little-endian throughout:

    N T F            None, True, False
    i u8 bytes       int, signed, up to 33 bytes
    f 8   c 16       float, complex
    s u32 utf-8      str
    l t u32 values   list, tuple
    d u32 pairs      dict: u32 utf-8, value
    p P q Q u32 8n   packed: list of floats, tuple of floats, list of ints, tuple of ints
    a u8 u8 u8 u64s  array: dtype, layout, ndim, shape, then size * itemsize bytes
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np


class WireError(Exception):
    """A value that cannot cross, or bytes that are no message; the text is one sentence."""


@dataclass(frozen=True)
class Bounds:
    """What one message may hold: nesting, values in all, bytes a string, packed numbers, bytes in all."""

    depth: int = 16
    nodes: int = 4096
    text: int = 1 << 16
    numbers: int = 1 << 20
    size: int = 64 << 20


VALUE = Bounds()
REPLY = Bounds(depth=20, nodes=1 << 16, numbers=1 << 21)  # room for several values and their envelope
REQUEST = Bounds(depth=24, nodes=1 << 20, text=16 << 20, numbers=1 << 24, size=1 << 30)  # ours: trusted
ARGUMENTS = Bounds(depth=8, nodes=1024, text=1024, numbers=1 << 14, size=1 << 18)  # of a callback

MAX_NDIM = 16
MAX_INT_BITS = 256
MAX_DEVICE_US = 3_600_000_000  # an hour: more than any question may take

U32 = struct.Struct("<I")
DIMS = tuple(struct.Struct(f"<{n}Q") for n in range(MAX_NDIM + 1))

DTYPES = tuple(
    np.dtype("<" + code)
    for code in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)
BOOL = 0
C_ORDER, F_ORDER, STRIDED = range(3)


def tag(char: str) -> int:
    """The byte of a tag."""
    return ord(char)
