"""Bytes to plain values, for bytes that may be hostile."""

from __future__ import annotations

import math
import struct
from typing import Any, Callable

import numpy as np

from grader.wire.format import (
    BOOL,
    DIMS,
    DTYPES,
    F_ORDER,
    MAX_INT_BITS,
    MAX_NDIM,
    STRIDED,
    U32,
    VALUE,
    Bounds,
    WireError,
    tag,
)

# NumPy refuses shapes whose product overflows even when a zero makes them empty.
_MAX_EXTENT = 1 << 48
_NATIVE = tuple(dtype.newbyteorder("=") for dtype in DTYPES)
_FLOAT = struct.Struct("<d")
_COMPLEX = struct.Struct("<dd")


def decode(body: bytes | bytearray | memoryview, bounds: Bounds = VALUE) -> Any:
    """The value of a message; WireError for bytes that are none. Arrays are fresh, writable and their own."""
    if len(body) > bounds.size:
        raise WireError(f"a message of {len(body)} bytes is too long")
    decoder = _Decoder(bytes(body) if type(body) is memoryview else body, bounds)
    try:
        (value,) = decoder.values(1, 0)
    except (struct.error, IndexError):
        raise WireError("the message is cut short") from None
    if decoder.at != len(decoder.body):
        raise WireError("bytes follow the end of the message")
    return value


class _Decoder:
    __slots__ = ("at", "body", "bounds", "nodes", "numbers")

    def __init__(self, body: bytes | bytearray, bounds: Bounds) -> None:
        self.body = body
        self.bounds = bounds
        self.at = 0
        self.nodes = 0
        self.numbers = 0

    def values(self, count: int, depth: int) -> list[Any]:
        """The next `count` values, each at this depth."""
        self.expect(count, depth)
        body, readers, values = self.body, _READERS, []
        for _ in range(count):
            read = readers[body[self.at]]
            self.at += 1
            values.append(read(self, depth))
        return values

    def expect(self, count: int, depth: int) -> None:
        """So many values more: refused before the first of them is read."""
        self.nodes += count
        if self.nodes > self.bounds.nodes:
            raise WireError(f"the message has more than {self.bounds.nodes} values")
        if count and depth > self.bounds.depth:
            raise WireError(f"the message is nested deeper than {self.bounds.depth}")

    def take(self, count: int) -> bytes | bytearray:
        start, self.at = self.at, self.at + count
        if self.at > len(self.body):
            raise WireError("the message is cut short")
        return self.body[start : self.at]

    def count(self) -> int:
        (count,) = U32.unpack_from(self.body, self.at)
        self.at += 4
        return count  # type: ignore[no-any-return]

    def read_nothing(self, depth: int) -> Any:
        raise WireError(f"there is no tag {self.body[self.at - 1]}")

    def read_none(self, depth: int) -> None:
        return None

    def read_true(self, depth: int) -> bool:
        return True

    def read_false(self, depth: int) -> bool:
        return False

    def read_int(self, depth: int) -> int:
        count = self.body[self.at]
        self.at += 1
        x = int.from_bytes(self.take(count), "little", signed=True)
        if count == 0 or (count > MAX_INT_BITS // 8 and x.bit_length() > MAX_INT_BITS):
            raise WireError(f"an int has {count} bytes")
        return x

    def read_float(self, depth: int) -> float:
        (x,) = _FLOAT.unpack_from(self.body, self.at)
        self.at += 8
        return x  # type: ignore[no-any-return]

    def read_complex(self, depth: int) -> complex:
        real, imag = _COMPLEX.unpack_from(self.body, self.at)
        self.at += 16
        return complex(real, imag)

    def read_str(self, depth: int = 0) -> str:
        count = self.count()
        if count > self.bounds.text:
            raise WireError(f"a str has {count} bytes")
        return self.take(count).decode("utf-8", "replace")

    def read_list(self, depth: int) -> Any:
        return self.values(self.count(), depth + 1)

    def read_tuple(self, depth: int) -> Any:
        return tuple(self.values(self.count(), depth + 1))

    def read_dict(self, depth: int) -> Any:
        count = self.count()
        self.expect(count, depth + 1)
        result: dict[str, Any] = {}
        for _ in range(count):
            key = self.read_str()
            if key in result:
                raise WireError("a dict has the same key twice")
            read = _READERS[self.body[self.at]]
            self.at += 1
            result[key] = read(self, depth + 1)
        return result

    def packed(self, dtype: str) -> Any:
        count = self.count()
        self.numbers += count
        if self.numbers > self.bounds.numbers:
            raise WireError(f"the message has more than {self.bounds.numbers} numbers")
        return np.frombuffer(self.take(8 * count), dtype).tolist()

    def read_array(self, depth: int) -> Any:
        code, layout, ndim = self.take(3)
        if code >= len(DTYPES) or layout > STRIDED or ndim > MAX_NDIM:
            raise WireError("an array has an unknown dtype, layout or number of axes")
        shape = DIMS[ndim].unpack_from(self.body, self.at)
        start = self.at + 8 * ndim
        dtype = DTYPES[code]
        size = math.prod(shape)
        extent = size or math.prod([n or 1 for n in shape])
        if extent * dtype.itemsize > _MAX_EXTENT:
            raise WireError("an array has an impossible shape")
        self.at = start + size * dtype.itemsize
        if self.at > len(self.body):
            raise WireError("an array has fewer bytes than its shape asks for")
        if code == BOOL:  # a byte other than 0 and 1 is no bool, whatever NumPy makes of it
            flat = np.frombuffer(self.body, "u1", size, start) != 0
        else:
            flat = np.frombuffer(self.body, dtype, size, start).astype(_NATIVE[code])
        return flat if ndim == 1 and layout != STRIDED else _laid_out(flat, shape, layout)


def _laid_out(flat: Any, shape: tuple[int, ...], layout: int) -> Any:
    """The array in the memory order it had: students' code often works in one of them only."""
    if layout == F_ORDER:
        return flat.reshape(shape[::-1]).T
    array = flat.reshape(shape)
    if layout == STRIDED and array.size > 1:
        spread = np.zeros((*shape[:-1], 2 * shape[-1]), array.dtype)[..., ::2]
        spread[...] = array
        return spread
    return array


_READ: dict[str, Callable[[_Decoder, int], Any]] = {
    "N": _Decoder.read_none,
    "T": _Decoder.read_true,
    "F": _Decoder.read_false,
    "i": _Decoder.read_int,
    "f": _Decoder.read_float,
    "c": _Decoder.read_complex,
    "s": _Decoder.read_str,
    "l": _Decoder.read_list,
    "t": _Decoder.read_tuple,
    "d": _Decoder.read_dict,
    "p": lambda decoder, _: decoder.packed("<f8"),
    "P": lambda decoder, _: tuple(decoder.packed("<f8")),
    "q": lambda decoder, _: decoder.packed("<i8"),
    "Q": lambda decoder, _: tuple(decoder.packed("<i8")),
    "a": _Decoder.read_array,
}
_READERS: list[Callable[[_Decoder, int], Any]] = [_Decoder.read_nothing] * 256
for _char, _read in _READ.items():
    _READERS[tag(_char)] = _read
