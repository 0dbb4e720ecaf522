"""The wire: every value comes back as it was, and hostile bytes are a value or a WireError, nothing else."""

from __future__ import annotations

import collections
import itertools
import math
import random
import struct
import time
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader import wire

DTYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
ARRAYS = st.sampled_from([np.dtype(code) for code in DTYPES]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 256) + 1, (1 << 256) - 1),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=("Cs",))),
    ARRAYS,
    st.lists(st.floats(), min_size=30, max_size=40),
    st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=30, max_size=40).map(tuple),
)
KEYS = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


def bits(x: Any) -> Any:
    """Something that is equal only for values of the same types and the same bits (but for NaN payloads)."""
    if isinstance(x, np.ndarray):
        return ("array", x.dtype.str, x.shape, [bits(y) for y in x.ravel().tolist()])
    if isinstance(x, float):
        return ("float", "nan" if math.isnan(x) else struct.pack("<d", x))
    if isinstance(x, complex):
        return ("complex", bits(x.real), bits(x.imag))
    if isinstance(x, (list, tuple)):
        return (type(x).__name__, [bits(y) for y in x])
    if isinstance(x, dict):
        return ("dict", [(key, bits(y)) for key, y in x.items()])
    return (type(x).__name__, x)


def there_and_back(x: Any) -> Any:
    return wire.decode(wire.encode(x))


@given(VALUES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_value_comes_back(x: Any) -> None:
    assert bits(there_and_back(x)) == bits(x)


@given(ARRAYS)
@settings(deadline=None)
def test_arrays_come_back_writable_and_their_own(x: Any) -> None:
    body = wire.encode([x, x])
    one, other = wire.decode(body)
    assert one.flags.writeable
    assert not np.shares_memory(one, other)
    one[...] = 0
    assert bits(wire.decode(body)[0]) == bits(x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_either_byte_order_comes_back_native(dtype: str, order: str) -> None:
    x = np.arange(5).astype(order + dtype)
    back = there_and_back(x)
    assert back.dtype == np.dtype(dtype)
    assert back.dtype.isnative
    assert np.array_equal(back, x)


LAYOUTS = {
    "every second": np.arange(10.0)[::2],
    "backwards": np.arange(5.0)[::-1],
    "inner columns": np.arange(24.0).reshape(4, 6)[:, 1:4],
    "column": np.arange(24.0).reshape(4, 6)[:, 2:3],
    "swapped axes": np.arange(24.0).reshape(2, 3, 4).transpose(0, 2, 1),
    "broadcast": np.broadcast_to(np.arange(3.0), (4, 3)),
    "bools": (np.arange(12) % 2 == 0).reshape(3, 4)[:, ::2],
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_strided_arrays_come_back_strided(name: str) -> None:
    x = LAYOUTS[name]
    back = there_and_back(x)
    assert np.array_equal(back, x)
    assert not back.flags.c_contiguous
    assert not back.flags.f_contiguous
    assert back.flags.writeable


def test_memory_order_comes_back() -> None:
    x = np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
    back = there_and_back(x)
    assert np.array_equal(back, x)
    assert back.flags.f_contiguous
    assert not back.flags.c_contiguous
    assert there_and_back(np.arange(6.0).reshape(2, 3)).flags.c_contiguous


class Liar(np.ndarray):
    """An array that says something else whenever it is asked."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return np.ones(3)

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
        return True

    def tobytes(self, *args: Any) -> bytes:
        return b"lies"

    @property
    def dtype(self) -> Any:
        return np.dtype("f4")


class LyingFloat(np.float64):
    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return np.ones(3)

    def __float__(self) -> float:
        return 7.0


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (np.zeros(3).view(Liar), np.zeros(3)),
        (np.asarray([[1, 2]]).view(np.matrix), np.array([[1, 2]])),
        (LyingFloat(2.5), np.array(2.5)),
        (np.float32(2.5), np.array(2.5, "f4")),
        (np.bool_(True), np.array(True)),
        (np.longdouble(0.5), np.array(0.5)),
        (np.ones(2, np.clongdouble), np.ones(2, "c16")),
        (np.array([2, 0, 255], "u1").view(bool), np.array([True, False, True])),
        (np.str_("text"), "text"),
        (Point(1, 2.0), (1, 2.0)),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        ("a\ud800b", "a?b"),
        ([1.0] * 31 + [2], [1.0] * 31 + [2]),
        ([True] * 40, [True] * 40),
        ([1 << 64] * 40, [1 << 64] * 40),
    ],
)
def test_data_is_taken_past_what_a_subclass_says(sent: Any, expected: Any) -> None:
    assert bits(there_and_back(sent)) == bits(expected)


def test_tensors_cross_as_arrays() -> None:
    torch = pytest.importorskip("torch")
    assert bits(there_and_back(torch.arange(3.0, requires_grad=True))) == bits(np.arange(3, dtype="f4"))
    assert bits(there_and_back(torch.ones(2, dtype=torch.bfloat16))) == bits(np.ones(2, "f4"))
    assert bits(there_and_back(torch.nn.Parameter(torch.ones(2)))) == bits(np.ones(2, "f4"))
    with pytest.raises(wire.WireError, match="tensor"):
        wire.encode(torch.eye(3).to_sparse())


class Foo:
    """Claims to be an array."""

    @property
    def __class__(self) -> Any:
        return np.ndarray

    @__class__.setter
    def __class__(self, value: Any) -> None: ...


Foo.__qualname__ = "Foo" * 200


def nested(depth: int) -> Any:
    x: Any = []
    for _ in range(depth):
        x = [x]
    return x


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (object(), "<class 'object'> cannot cross"),
        (Foo(), "Foo"),
        (b"bytes", "<class 'bytes'>"),
        (range(3), "<class 'range'>"),
        ({1, 2}, "<class 'set'>"),
        (itertools.count(), "itertools.count"),
        (len, "builtin_function"),
        (np.zeros(2, object), "object"),
        (np.zeros(2, "S3"), "S3"),
        (np.zeros(2, "U3"), "<U3"),
        (np.zeros(2, [("a", "f8")]), "a"),
        (np.zeros(2, "M8[s]"), "datetime64"),
        (np.datetime64(3, "s"), "datetime64"),
        (np.ma.masked_all(3), "MaskedArray"),
        (np.broadcast_to(0.0, (1 << 20, 1 << 20)), "bytes"),
        (np.zeros((1,) * 17), "17 axes"),
        (1 << 256, "256 bits"),
        (7**40000, "256 bits"),
        ("a" * 70000, "70000"),
        ("é" * 40000, "80000"),
        ({1: 2}, "<class 'int'> as a key"),
        ({"\ud800": 1, "?": 2}, "keys"),
        (nested(17), "deeper than 16"),
        ([[] for _ in range(5000)], "5000 items"),
        ([[[]] * 1000] * 5, "4096"),
        ([0.0] * ((1 << 20) + 1), "items"),
        ({str(i): 0 for i in range(5000)}, "5000 items"),
    ],
    ids=lambda part: part if isinstance(part, str) and len(part) < 40 else "value",
)
def test_what_cannot_cross_is_named(value: Any, says: str) -> None:
    with pytest.raises(wire.WireError) as caught:
        wire.encode(value)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_deepest_and_the_most_cross() -> None:
    assert there_and_back(nested(16)) == nested(16)
    assert there_and_back([None] * 4095) == [None] * 4095


def test_a_value_may_be_put_into_another() -> None:
    inner = wire.prepare({"a": np.arange(3)})
    assert bits(there_and_back([inner, (inner,)])) == bits([{"a": np.arange(3)}, ({"a": np.arange(3)},)])
    with pytest.raises(wire.WireError, match="too many"):
        wire.encode([wire.prepare([None] * 4000)] * 2)


# --------------------------------------------------------------------------- hostile bytes


def u32(n: int) -> bytes:
    return struct.pack("<I", n)


def array(code: int, layout: int, *shape: int, data: bytes = b"", ndim: int | None = None) -> bytes:
    dims = b"".join(struct.pack("<Q", n) for n in shape)
    return b"a" + bytes([code, layout, len(shape) if ndim is None else ndim]) + dims + data


F8 = 11
BODIES = {
    "nothing": b"",
    "an unknown tag": b"?",
    "a zero tag": b"\0",
    "bytes after the end": b"NN",
    "half a float": b"f\0\0\0",
    "half a complex": b"c" + bytes(15),
    "an int of no bytes": b"i\0",
    "an int cut short": b"i\x05\1\2",
    "an int of 257 bits": b"i\x21" + bytes(32) + b"\1",
    "an int of 255 bytes": b"i\xff" + b"\x7f" * 255,
    "a str without its length": b"s\1\0",
    "a str cut short": b"s" + u32(10) + b"abc",
    "a str of 4 GiB": b"s" + u32(0xFFFFFFFF),
    "a str just too long": b"s" + u32(65537) + b"a" * 65537,
    "a list cut short": b"l" + u32(3) + b"NN",
    "a list of 4 G": b"l" + u32(0xFFFFFFFF),
    "too many values": b"l" + u32(1 << 20) + b"N" * (1 << 20),
    "a tuple cut short": b"t" + u32(1),
    "too deep": (b"l" + u32(1)) * 5000 + b"N",
    "a dict with a key twice": b"d" + u32(2) + (b"\1\0\0\0aN") * 2,
    "a dict with keys that read the same": b"d" + u32(2) + b"\1\0\0\0\xffN" + b"\1\0\0\0\xfeN",
    "a dict with a number as a key": b"d" + u32(1) + b"i\1\1N",
    "a dict of 4 G": b"d" + u32(0xFFFFFFFF),
    "a dict of a million keys": b"d" + u32(10**6) + b"".join(b"\7\0\0\0%07dN" % i for i in range(10**6)),
    "packed floats cut short": b"p" + u32(4) + bytes(31),
    "4 G packed floats": b"p" + u32(0xFFFFFFFF),
    "packed ints beyond the number": b"q" + u32((1 << 20) + 1) + bytes(8 * ((1 << 20) + 1)),
    "an unknown dtype": array(14, 0, 1, data=bytes(8)),
    "an unknown layout": array(F8, 3, 1, data=bytes(8)),
    "17 axes": array(F8, 0, *[1] * 17, data=bytes(8)),
    "255 axes": array(F8, 0, 1, ndim=255),
    "an array without its shape": array(F8, 0, ndim=3),
    "fewer bytes than the shape": array(F8, 0, 2, data=bytes(15)),
    "more bytes than the shape": array(F8, 0, 2, data=bytes(17)),
    "a shape of -1": array(F8, 0, (1 << 64) - 1, data=bytes(8)),
    "a shape of 2^62": array(F8, 0, 1 << 62),
    "a product that wraps to 0": array(F8, 0, 1 << 32, 1 << 32),
    "a product that wraps to 1": array(1, 0, (1 << 64) - 1, (1 << 64) - 1, data=b"\0"),
    "an empty array of impossible shape": array(F8, 0, 0, 1 << 62, 1 << 62),
    "an empty strided array of impossible shape": array(F8, 2, 1 << 62, 0),
    "16 axes of 2^63": array(F8, 1, *[1 << 63] * 16),
}


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_refused_at_once(name: str) -> None:
    started = time.perf_counter()
    with pytest.raises(wire.WireError):
        wire.decode(BODIES[name])
    assert time.perf_counter() - started < 0.5


def test_bad_utf8_is_replaced() -> None:
    assert wire.decode(b"s" + u32(3) + b"\xed\xa0\x80") == "\ufffd" * 3
    assert wire.decode(b"s" + u32(2) + b"a\xff") == "a\ufffd"


def test_bools_are_normalised() -> None:
    back = wire.decode(array(0, 0, 3, data=b"\0\1\xff"))
    assert back.view("u1").tolist() == [0, 1, 1]


def test_an_empty_array_of_a_wide_shape_crosses() -> None:
    assert there_and_back(np.zeros((0, 1000, 1000))).shape == (0, 1000, 1000)


def test_a_message_beyond_its_bound_is_not_looked_at() -> None:
    with pytest.raises(wire.WireError, match="too long"):
        wire.decode(bytes(100), wire.Bounds(size=99))


def a_value_or_a_wire_error(body: bytes) -> None:
    try:
        value = wire.decode(body)
    except wire.WireError:
        return
    assert bits(there_and_back(value)) == bits(value)


@given(st.binary(max_size=200))
@settings(max_examples=1000, deadline=None)
def test_random_bytes(body: bytes) -> None:
    a_value_or_a_wire_error(body)


@given(VALUES, st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_messages(value: Any, data: st.DataObject) -> None:
    body = bytearray(wire.encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    a_value_or_a_wire_error(bytes(body))


def test_many_more_mutants() -> None:
    """Thousands, of one message with everything in it: bytes changed, cut out, doubled."""
    draw = random.Random(1)
    parent = wire.encode(
        {
            "a": [None, True, 7, -1.5, 2j, "text"],
            "b": (np.arange(6.0).reshape(2, 3), np.arange(4)[::2], [1.0] * 32, {"c": np.array(1)}),
            "d": [np.asfortranarray(np.eye(3, dtype="f4")), (5,) * 33, 1 << 200],
        }
    )
    for _ in range(6000):
        body = bytearray(parent)
        for _ in range(draw.randint(1, 3)):
            at, length = draw.randrange(len(body)), draw.randint(0, 6)
            choice = draw.randrange(3)
            if choice == 0:
                body[at] = draw.choice((0, 1, 0x7F, 0xFF, draw.randrange(256)))
            elif choice == 1 and len(body) > length + 1:
                del body[at : at + length]
            else:
                body[at:at] = body[at : at + length]
            if not body:
                break
        a_value_or_a_wire_error(bytes(body))


# --------------------------------------------------------------------------- frames

NONCE = bytes(range(16))
FRAME = wire.pack(wire.ASK, 7, NONCE, b"body")


def test_a_frame_is_a_header_and_a_body() -> None:
    header = wire.unpack_header(FRAME[: wire.HEADER_BYTES])
    assert header == wire.Header(wire.ASK, 7, NONCE, 4)
    assert FRAME[wire.HEADER_BYTES :] == b"body"


def test_a_frame_of_a_value_is_the_header_and_its_bytes() -> None:
    value = {"a": [np.asfortranarray(np.arange(6.0).reshape(2, 3)), wire.prepare("b")], "c": np.zeros(0)}
    assert wire.frame(wire.ASK, 7, NONCE, value) == wire.pack(wire.ASK, 7, NONCE, wire.encode(value))


HEADERS = {
    "cut short": FRAME[:35],
    "too long": FRAME[:37],
    "another magic": b"XXXX" + FRAME[4:36],
    "kind 0": FRAME[:4] + b"\0" + FRAME[5:36],
    "kind 8": FRAME[:4] + b"\10" + FRAME[5:36],
    "padding": FRAME[:5] + b"\1" + FRAME[6:36],
    "more padding": FRAME[:7] + b"\1" + FRAME[8:36],
    "a length of 2^62": struct.pack("<4sBBHIQ16s", wire.MAGIC, 3, 0, 0, 1, 1 << 62, NONCE),
    "a length of 2^64 - 1": struct.pack("<4sBBHIQ16s", wire.MAGIC, 3, 0, 0, 1, (1 << 64) - 1, NONCE),
    "a length just over": struct.pack("<4sBBHIQ16s", wire.MAGIC, 3, 0, 0, 1, 1001, NONCE),
}


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers_are_refused(name: str) -> None:
    with pytest.raises(wire.WireError):
        wire.unpack_header(HEADERS[name], 1000)
