"""The wire: plain values as bytes and back, and the frames they travel in. No other module knows the format.

`decode` is meant for hostile bytes: it returns a plain value or raises `WireError`, runs nothing, and
allocates in proportion to the bytes that really came, never to a size that somebody declared. `encode` may
meet hostile objects: it takes their data through the base classes and asks none of their overridden methods.

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

import math
import struct
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple, NoReturn, Union

import numpy as np

Buffer = Union[bytes, bytearray, memoryview]


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

PACK_FROM = 32  # a list this long of nothing but floats, or of nothing but 64-bit ints, travels as one block
MAX_NDIM = 16
MAX_INT_BITS = 256
# NumPy refuses shapes whose product overflows even when a zero makes them empty.
MAX_EXTENT = 1 << 48

_U32 = struct.Struct("<I")
_TAGGED = struct.Struct("<BI")
_ARRAY = struct.Struct("<BBBB")
_FLOAT = struct.Struct("<d")
_TAGGED_FLOAT = struct.Struct("<Bd")
_COMPLEX = struct.Struct("<dd")
_DIMS = tuple(struct.Struct(f"<{n}Q") for n in range(MAX_NDIM + 1))

_DTYPES = tuple(
    np.dtype("<" + code)
    for code in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)
_BOOL = 0
# By type character: structured, object, text and time arrays have no entry. Long doubles are narrowed.
_CODES: dict[str, int] = {
    char: _DTYPES.index(np.dtype(char).newbyteorder("<")) for char in "?bBhHiIlLqQefdFD"
} | {"g": _DTYPES.index(np.dtype("<f8")), "G": _DTYPES.index(np.dtype("<c16"))}
_C, _F, _STRIDED = range(3)


def _tag(char: str) -> int:
    return ord(char)


# --------------------------------------------------------------------------- encoding


@dataclass(frozen=True)
class Encoded:
    """A value encoded already, to be put into a larger one without encoding it twice."""

    data: bytes
    nodes: int
    numbers: int


def encode(value: Any, bounds: Bounds = VALUE) -> bytes:
    """The bytes of a plain value; WireError names what cannot cross."""
    return prepare(value, bounds).data


def prepare(value: Any, bounds: Bounds = VALUE) -> Encoded:
    """A value encoded by itself, under bounds of its own."""
    encoder = _Encoder(bounds)
    encoder.value(value, 0)
    return Encoded(bytes(encoder.out), encoder.nodes, encoder.numbers)


class _Encoder:
    __slots__ = ("bounds", "nodes", "numbers", "out")

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.out = bytearray()
        self.nodes = 0
        self.numbers = 0

    def value(self, x: Any, depth: int) -> None:
        write = _WRITERS.get(type(x))
        if write is None:
            x = _plain(x)
            write = _WRITERS[type(x)]
        self.nodes += 1
        if self.nodes > self.bounds.nodes:
            raise WireError(f"a value of more than {self.bounds.nodes} parts cannot cross")
        if depth > self.bounds.depth:
            raise WireError(f"a value nested deeper than {self.bounds.depth} cannot cross")
        write(self, x, depth)

    def room(self, count: int) -> None:
        if len(self.out) + count > self.bounds.size:
            raise WireError(f"a value of more than {self.bounds.size} bytes cannot cross")

    def write_none(self, x: None, depth: int) -> None:
        self.out += b"N"

    def write_bool(self, x: bool, depth: int) -> None:
        self.out += b"T" if x else b"F"

    def write_int(self, x: int, depth: int) -> None:
        if x.bit_length() > MAX_INT_BITS:
            raise WireError("an int of more than 256 bits cannot cross")
        count = x.bit_length() // 8 + 1
        self.out += b"i"
        self.out.append(count)
        self.out += x.to_bytes(count, "little", signed=True)

    def write_float(self, x: float, depth: int) -> None:
        self.out += _TAGGED_FLOAT.pack(_tag("f"), x)

    def write_complex(self, x: complex, depth: int) -> None:
        self.out += b"c" + _COMPLEX.pack(x.real, x.imag)

    def write_str(self, x: str, depth: int) -> None:
        self.out += b"s"
        self.text(self.utf8(x))

    def utf8(self, x: str) -> bytes:
        # Lone surrogates cannot be printed or stored by anyone later: they become question marks here.
        if len(x) > self.bounds.text:
            raise WireError(f"a str of {len(x)} characters cannot cross")
        raw = x.encode("utf-8", "replace")
        if len(raw) > self.bounds.text:
            raise WireError(f"a str of {len(raw)} bytes cannot cross")
        return raw

    def text(self, raw: bytes) -> None:
        self.room(len(raw))
        self.out += _U32.pack(len(raw))
        self.out += raw

    def write_sequence(self, x: Any, depth: int) -> None:
        count = len(x)
        if count >= PACK_FROM and self.packed(x):
            return
        if count > self.bounds.nodes:
            raise WireError(f"a {type(x).__name__} of {count} items cannot cross")
        items = tuple(x)  # another thread of the student's may be changing it
        self.out += _TAGGED.pack(_tag("l" if type(x) is list else "t"), len(items))
        for item in items:
            self.value(item, depth + 1)

    def packed(self, x: Any) -> bool:
        if len(x) + self.numbers > self.bounds.numbers:
            raise WireError(f"a {type(x).__name__} of {len(x)} items cannot cross")
        kinds = set(map(type, x))
        if kinds not in ({float}, {int}):
            return False
        try:
            block = np.array(x, "<f8" if kinds == {float} else "<i8")
        except OverflowError:
            return False
        tag = ("p" if type(x) is list else "P") if kinds == {float} else ("q" if type(x) is list else "Q")
        self.room(block.nbytes)
        self.numbers += block.size
        self.out += _TAGGED.pack(_tag(tag), block.size)
        self.out += memoryview(block)  # type: ignore[arg-type]
        return True

    def write_dict(self, x: Any, depth: int) -> None:
        if len(x) > self.bounds.nodes:
            raise WireError(f"a dict of {len(x)} items cannot cross")
        items = tuple(x.items())
        self.out += _TAGGED.pack(_tag("d"), len(items))
        seen = set()
        for key, item in items:
            if type(key) is not str:
                raise WireError(f"a dict with {_name(key)} as a key cannot cross")
            raw = self.utf8(key)
            seen.add(raw)
            self.text(raw)
            self.value(item, depth + 1)
        if len(seen) != len(items):
            raise WireError("a dict whose keys read the same cannot cross")

    def write_array(self, x: Any, depth: int) -> None:
        code = _CODES.get(x.dtype.char)
        if code is None:
            raise WireError(f"an array of {str(x.dtype)[:80]} cannot cross")
        if x.ndim > MAX_NDIM:
            raise WireError(f"an array of {x.ndim} axes cannot cross")
        # Before anything is copied: a broadcast view may stand for terabytes.
        self.room(x.size * _DTYPES[code].itemsize)
        flags = x.flags
        layout = _C if flags.c_contiguous else _F if flags.f_contiguous else _STRIDED
        self.out += _ARRAY.pack(_tag("a"), code, layout, x.ndim)
        self.out += _DIMS[x.ndim].pack(*x.shape)
        block = x.T if layout == _F else x
        if layout == _STRIDED or x.dtype != _DTYPES[code]:
            with np.errstate(all="ignore"):  # a long double may overflow a double
                block = np.ascontiguousarray(block, dtype=_DTYPES[code])
        self.out += memoryview(block)

    def write_encoded(self, x: Encoded, depth: int) -> None:
        self.room(len(x.data))
        self.nodes += x.nodes
        self.numbers += x.numbers
        if self.numbers > self.bounds.numbers or self.nodes > self.bounds.nodes:
            raise WireError("too many values for one message")
        self.out += x.data


_WRITERS: dict[type, Callable[[_Encoder, Any, int], None]] = {
    type(None): _Encoder.write_none,
    bool: _Encoder.write_bool,
    int: _Encoder.write_int,
    float: _Encoder.write_float,
    complex: _Encoder.write_complex,
    str: _Encoder.write_str,
    list: _Encoder.write_sequence,
    tuple: _Encoder.write_sequence,
    dict: _Encoder.write_dict,
    np.ndarray: _Encoder.write_array,
    Encoded: _Encoder.write_encoded,
}

# Each takes the data of a subclass through its base class, past anything the subclass overrides.
_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (np.ndarray, lambda x: np.ndarray.view(x, np.ndarray)),
    (str, str.__str__),  # before the scalars: np.str_ is both
    (np.generic, np.generic.__array__),
    (int, int.__int__),
    (float, float.__float__),
    (list, lambda x: list.__getitem__(x, slice(None))),
    (tuple, lambda x: tuple.__getitem__(x, slice(None))),
    (dict, dict.copy),
)


def _plain(x: Any) -> Any:
    """The same data as a value of an exact type that has a writer."""
    # type(x), not isinstance: __class__ can lie.
    kind = type(x)
    if issubclass(kind, np.ma.MaskedArray):
        _refuse(x)
    for base, take in _BASES:
        if issubclass(kind, base):
            return take(x)
    module = kind.__module__
    if type(module) is str and module.split(".")[0] == "torch" and hasattr(x, "detach"):
        return _tensor(x)
    _refuse(x)


def _tensor(x: Any) -> Any:
    """A torch tensor's data, without importing torch here. bfloat16 has no NumPy type: it is widened."""
    try:
        x = x.detach().cpu().resolve_conj().resolve_neg()
        if str(x.dtype) == "torch.bfloat16":
            x = x.float()
        array = x.numpy()
    except Exception as error:
        raise WireError(f"a tensor cannot cross: {type(error).__name__}") from None
    return array if type(array) is np.ndarray else _refuse(x)


def _refuse(x: Any) -> NoReturn:
    raise WireError(f"{_name(x)} cannot cross")


def _name(x: Any) -> str:
    return type.__repr__(type(x))[:120]


# --------------------------------------------------------------------------- decoding


def decode(body: Buffer, bounds: Bounds = VALUE) -> Any:
    """The value of a message; WireError for bytes that are none. Arrays are fresh, writable and their own."""
    if len(body) > bounds.size:
        raise WireError(f"a message of {len(body)} bytes is too long")
    decoder = _Decoder(bytes(body), bounds)
    try:
        value = decoder.value(0)
    except (struct.error, IndexError):
        raise WireError("the message is cut short") from None
    if decoder.at != len(decoder.body):
        raise WireError("bytes follow the end of the message")
    return value


class _Decoder:
    __slots__ = ("at", "body", "bounds", "nodes", "numbers")

    def __init__(self, body: bytes, bounds: Bounds) -> None:
        self.body = body
        self.bounds = bounds
        self.at = 0
        self.nodes = 0
        self.numbers = 0

    def value(self, depth: int) -> Any:
        read = _READERS.get(self.body[self.at])
        if read is None:
            raise WireError(f"there is no tag {self.body[self.at]}")
        self.at += 1
        self.nodes += 1
        if self.nodes > self.bounds.nodes:
            raise WireError(f"the message has more than {self.bounds.nodes} values")
        if depth > self.bounds.depth:
            raise WireError(f"the message is nested deeper than {self.bounds.depth}")
        return read(self, depth)

    def take(self, count: int) -> bytes:
        start, self.at = self.at, self.at + count
        if self.at > len(self.body):
            raise WireError("the message is cut short")
        return self.body[start : self.at]

    def count(self) -> int:
        (count,) = _U32.unpack_from(self.body, self.at)
        self.at += 4
        return int(count)

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
        if count == 0 or x.bit_length() > MAX_INT_BITS:
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
        start = self.at + 4
        (count,) = _U32.unpack_from(self.body, self.at)
        if count > self.bounds.text:
            raise WireError(f"a str has {count} bytes")
        self.at = start + count
        if self.at > len(self.body):
            raise WireError("the message is cut short")
        return str(self.body[start : self.at], "utf-8", "replace")

    def read_list(self, depth: int) -> Any:
        depth += 1
        return [self.value(depth) for _ in range(self.count())]

    def read_tuple(self, depth: int) -> Any:
        return tuple(self.read_list(depth))

    def read_dict(self, depth: int) -> Any:
        result: dict[str, Any] = {}
        for _ in range(self.count()):
            key = self.read_str()
            if key in result:
                raise WireError("a dict has the same key twice")
            result[key] = self.value(depth + 1)
        return result

    def packed(self, dtype: str) -> Any:
        count = self.count()
        self.numbers += count
        if self.numbers > self.bounds.numbers:
            raise WireError(f"the message has more than {self.bounds.numbers} numbers")
        return np.frombuffer(self.take(8 * count), dtype).tolist()

    def read_array(self, depth: int) -> Any:
        code, layout, ndim = self.take(3)
        if code >= len(_DTYPES) or layout > _STRIDED or ndim > MAX_NDIM:
            raise WireError("an array has an unknown dtype, layout or number of axes")
        shape = _DIMS[ndim].unpack_from(self.body, self.at)
        self.at += 8 * ndim
        dtype = _DTYPES[code]
        if math.prod(max(n, 1) for n in shape) * dtype.itemsize > MAX_EXTENT:
            raise WireError("an array has an impossible shape")
        size = math.prod(shape)
        start, self.at = self.at, self.at + size * dtype.itemsize
        if self.at > len(self.body):
            raise WireError("an array has fewer bytes than its shape asks for")
        if code == _BOOL:  # a byte other than 0 and 1 is no bool, whatever NumPy makes of it
            flat = np.frombuffer(self.body, "u1", size, start) != 0
        else:
            flat = np.frombuffer(self.body, dtype, size, start).astype(dtype.newbyteorder("="))
        return _laid_out(flat, shape, layout)


def _laid_out(flat: Any, shape: tuple[int, ...], layout: int) -> Any:
    """The array in the memory order it had: students' code often works in one of them only."""
    if layout == _F:
        return flat.reshape(shape[::-1]).T
    array = flat.reshape(shape)
    if layout == _STRIDED and array.size > 1:
        spread = np.zeros((*shape[:-1], 2 * shape[-1]), array.dtype)[..., ::2]
        spread[...] = array
        return spread
    return array


_READERS: dict[int, Callable[[_Decoder, int], Any]] = {
    _tag("N"): _Decoder.read_none,
    _tag("T"): _Decoder.read_true,
    _tag("F"): _Decoder.read_false,
    _tag("i"): _Decoder.read_int,
    _tag("f"): _Decoder.read_float,
    _tag("c"): _Decoder.read_complex,
    _tag("s"): _Decoder.read_str,
    _tag("l"): _Decoder.read_list,
    _tag("t"): _Decoder.read_tuple,
    _tag("d"): _Decoder.read_dict,
    _tag("p"): lambda decoder, _: decoder.packed("<f8"),
    _tag("P"): lambda decoder, _: tuple(decoder.packed("<f8")),
    _tag("q"): lambda decoder, _: decoder.packed("<i8"),
    _tag("Q"): lambda decoder, _: tuple(decoder.packed("<i8")),
    _tag("a"): _Decoder.read_array,
}

# --------------------------------------------------------------------------- frames

MAGIC = b"ASY1"
LOAD, ASK, REPLY_TO_CALL, FAILED, READY = 1, 2, 3, 4, 5
NONCE_BYTES = 16
_HEADER = struct.Struct("<4sBBHIQ16s")
HEADER_BYTES = _HEADER.size


class Header(NamedTuple):
    """The first bytes of a frame: what it is, which request it belongs to, how long its body is."""

    kind: int
    seq: int
    nonce: bytes
    length: int


def pack(kind: int, seq: int, nonce: bytes, body: bytes) -> bytes:
    """A whole frame."""
    return _HEADER.pack(MAGIC, kind, 0, 0, seq, len(body), nonce) + body


def unpack_header(data: Buffer, limit: int = VALUE.size) -> Header:
    """The header of a frame whose body has at most `limit` bytes; WireError for anything else."""
    if len(data) != HEADER_BYTES:
        raise WireError("a header is cut short")
    magic, kind, zero, zeros, seq, length, nonce = _HEADER.unpack(data)
    if magic != MAGIC or zero or zeros or not LOAD <= kind <= READY:
        raise WireError("these bytes are no frame")
    if length > limit:
        raise WireError(f"a frame of {length} bytes is too long")
    return Header(kind, seq, nonce, length)
