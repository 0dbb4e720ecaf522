"""Plain values to bytes, from objects that may be hostile."""

from __future__ import annotations

import struct
from typing import Any, Callable, NamedTuple, NoReturn

import numpy as np

from grader.wire.format import (
    C_ORDER,
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

_PACK_FROM = 32  # a list this long of nothing but floats, or of nothing but 64-bit ints, travels as one block

_TAGGED = struct.Struct("<BI")
_FLOAT = struct.Struct("<Bd")
_COMPLEX = struct.Struct("<Bdd")
_INTS = tuple(bytes((tag("i"), count)) for count in range(MAX_INT_BITS // 8 + 2))
_ARRAY = tag("a")
_ARRAYS = tuple(struct.Struct(f"<BBBB{n}Q") for n in range(MAX_NDIM + 1))

# By type character: structured, object, text and time arrays have no entry. Long doubles are narrowed.
_CODES: dict[str, int] = {
    char: DTYPES.index(np.dtype(char).newbyteorder("<")) for char in "?bBhHiIlLqQefdFD"
} | {"g": DTYPES.index(np.dtype("<f8")), "G": DTYPES.index(np.dtype("<c16"))}


class Encoded(NamedTuple):
    """A value encoded already, to be put into a larger one without encoding it twice."""

    parts: list[Any]
    size: int
    nodes: int
    numbers: int


def encode(value: Any, bounds: Bounds = VALUE) -> bytes:
    """The bytes of a plain value; WireError names what cannot cross."""
    return b"".join(pieces(value, bounds)[0])


def pieces(value: Any, bounds: Bounds = VALUE) -> tuple[list[Any], int]:
    """The bytes of a value in parts, of which the first is empty, and their number."""
    encoder = _Encoder(bounds)
    encoder.values((value,), 0)
    return encoder.parts, encoder.size


def prepare(value: Any, bounds: Bounds = VALUE) -> Encoded:
    """A value encoded by itself, under bounds of its own; arrays are looked at again when it is sent."""
    encoder = _Encoder(bounds)
    encoder.values((value,), 0)
    return Encoded(encoder.parts, encoder.size, encoder.nodes, encoder.numbers)


class _Encoder:
    __slots__ = ("bounds", "nodes", "numbers", "parts", "size")

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.parts: list[Any] = [b""]
        self.size = 0
        self.nodes = 0
        self.numbers = 0

    def values(self, items: tuple[Any, ...], depth: int) -> None:
        """Values that stand next to each other, all at this depth."""
        self.nodes += len(items)
        if self.nodes > self.bounds.nodes:
            raise WireError(f"a value of more than {self.bounds.nodes} parts cannot cross")
        if items and depth > self.bounds.depth:
            raise WireError(f"a value nested deeper than {self.bounds.depth} cannot cross")
        writer = _WRITERS.get
        for x in items:
            write = writer(type(x))
            if write is None:
                plain = _plain(x)
                _WRITERS[type(plain)](self, plain, depth)
            else:
                write(self, x, depth)

    def add(self, data: bytes) -> None:
        self.parts.append(data)
        self.size += len(data)

    def room(self, count: int) -> None:
        if self.size + count > self.bounds.size:
            raise WireError(f"a value of more than {self.bounds.size} bytes cannot cross")

    def write_none(self, x: None, depth: int) -> None:
        self.add(b"N")

    def write_bool(self, x: bool, depth: int) -> None:
        self.add(b"T" if x else b"F")

    def write_int(self, x: int, depth: int) -> None:
        bits = x.bit_length()
        if bits > MAX_INT_BITS:
            raise WireError("an int of more than 256 bits cannot cross")
        count = bits // 8 + 1
        self.add(_INTS[count] + x.to_bytes(count, "little", signed=True))

    def write_float(self, x: float, depth: int) -> None:
        self.add(_FLOAT.pack(tag("f"), x))

    def write_complex(self, x: complex, depth: int) -> None:
        self.add(_COMPLEX.pack(tag("c"), x.real, x.imag))

    def write_str(self, x: str, depth: int) -> None:
        self.add(b"s" + self.text(x))

    def text(self, x: str) -> bytes:
        # Lone surrogates cannot be printed or stored by anyone later: they become question marks here.
        if len(x) > self.bounds.text:
            raise WireError(f"a str of {len(x)} characters cannot cross")
        raw = x.encode("utf-8", "replace")
        if len(raw) > self.bounds.text:
            raise WireError(f"a str of {len(raw)} bytes cannot cross")
        self.room(len(raw))
        return U32.pack(len(raw)) + raw

    def write_list(self, x: list[Any], depth: int) -> None:
        self.sequence(x, depth, b"lpq")

    def write_tuple(self, x: tuple[Any, ...], depth: int) -> None:
        self.sequence(x, depth, b"tPQ")

    def sequence(self, x: list[Any] | tuple[Any, ...], depth: int, tags: bytes) -> None:
        count = len(x)
        if count >= _PACK_FROM and self.packed(x, tags):
            return
        if count > self.bounds.nodes:
            raise WireError(f"a {type(x).__name__} of {count} items cannot cross")
        items = tuple(x)  # another thread of the student's may be changing it
        self.add(_TAGGED.pack(tags[0], len(items)))
        self.values(items, depth + 1)

    def packed(self, x: list[Any] | tuple[Any, ...], tags: bytes) -> bool:
        if len(x) + self.numbers > self.bounds.numbers:
            raise WireError(f"a {type(x).__name__} of {len(x)} items cannot cross")
        kinds = set(map(type, x))
        if kinds not in ({float}, {int}):
            return False
        try:
            block = np.array(x, "<f8" if kinds == {float} else "<i8")
        except OverflowError:
            return False
        self.room(block.nbytes)
        self.numbers += block.size
        self.add(_TAGGED.pack(tags[1 if kinds == {float} else 2], block.size))
        self.add(block.tobytes())
        return True

    def write_dict(self, x: dict[Any, Any], depth: int) -> None:
        if len(x) > self.bounds.nodes:
            raise WireError(f"a dict of {len(x)} items cannot cross")
        items = tuple(x.items())
        self.add(_TAGGED.pack(tag("d"), len(items)))
        seen = set()
        for key, item in items:
            if type(key) is not str:
                raise WireError(f"a dict with {_name(key)} as a key cannot cross")
            raw = self.text(key)
            seen.add(raw)
            self.add(raw)
            self.values((item,), depth + 1)
        if len(seen) != len(items):
            raise WireError("a dict whose keys read the same cannot cross")

    def write_array(self, x: Any, depth: int) -> None:
        dtype, shape, flags = x.dtype, x.shape, x.flags
        code = _CODES.get(dtype.char)
        if code is None:
            raise WireError(f"an array of {str(dtype)[:80]} cannot cross")
        ndim = len(shape)
        if ndim > MAX_NDIM:
            raise WireError(f"an array of {ndim} axes cannot cross")
        # Before anything is copied: a broadcast view may stand for terabytes.
        size = x.size * DTYPES[code].itemsize
        self.room(size)
        layout = C_ORDER if flags.c_contiguous else F_ORDER if flags.f_contiguous else STRIDED
        block = x.T if layout == F_ORDER else x
        if layout == STRIDED or dtype != DTYPES[code]:
            with np.errstate(all="ignore"):  # a long double may overflow a double
                block = np.ascontiguousarray(block, dtype=DTYPES[code])
        self.add(_ARRAYS[ndim].pack(_ARRAY, code, layout, ndim, *shape))
        self.parts.append(memoryview(block))  # copied once, when the parts are joined
        self.size += size

    def write_encoded(self, x: Encoded, depth: int) -> None:
        self.room(x.size)
        self.nodes += x.nodes
        self.numbers += x.numbers
        if self.numbers > self.bounds.numbers or self.nodes > self.bounds.nodes:
            raise WireError("too many values for one message")
        self.parts += x.parts
        self.size += x.size


_WRITERS: dict[type, Callable[[_Encoder, Any, int], None]] = {
    type(None): _Encoder.write_none,
    bool: _Encoder.write_bool,
    int: _Encoder.write_int,
    float: _Encoder.write_float,
    complex: _Encoder.write_complex,
    str: _Encoder.write_str,
    list: _Encoder.write_list,
    tuple: _Encoder.write_tuple,
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
    if issubclass(kind, np.ndarray) and issubclass(kind, np.ma.MaskedArray):
        # In this order: a NumPy scalar must not make every sandbox import numpy.ma, for it takes 15 ms.
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
