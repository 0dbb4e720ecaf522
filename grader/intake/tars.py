"""Tar archives, packed with gzip or not, from bytes in memory. Nothing is extracted.

Our own reader of headers: the standard library's takes quadratic time for some hostile ones, and reads far
more dialects than any program writes that a student packs with.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import partial

from grader.intake.files import ENTRIES, Held, Unreadable, quoted, too_large
from grader.intake.members import FILE, FOLDER, Member, damaged, held, too_many

UNPACKED_BYTES = 64 << 20
RATIO = 200
SMALL = 1 << 20  # below this no ratio is looked at
HEADER_BYTES = 64 << 10  # of a header that only holds a long name
RECORDS = 50  # in one such header
HEADERS = 2 * ENTRIES

_BLOCK = 512
_GZIP = b"\x1f\x8b"
_KINDS = {
    b"\0": FILE,
    b"0": FILE,
    b"7": FILE,
    b"1": "a hard link",
    b"2": "a link",
    b"3": "a device",
    b"4": "a device",
    b"5": FOLDER,
    b"6": "a named pipe",
    b"S": "a sparse file",
}


def hold_tar(data: bytes, where: str) -> Held:
    """What a tar archive holds; `where` is its name for a sentence."""
    if data.startswith(_GZIP):
        data = _gunzipped(data, where)
    return held(_members(data, where), where)


def _gunzipped(data: bytes, where: str) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    most = min(UNPACKED_BYTES, max(SMALL, RATIO * len(data)))
    try:
        unpacked = unpacker.decompress(data, most + 1)
    except zlib.error as error:
        raise damaged(where, "it cannot be unpacked") from error
    if len(unpacked) > most:
        size = f"{UNPACKED_BYTES >> 20} MiB" if most == UNPACKED_BYTES else f"{RATIO} times its size"
        raise Unreadable(f"{where} unpacks to more than {size}; hand in your own source code alone")
    if not unpacker.eof:
        raise damaged(where, "it is cut off")
    if unpacker.unused_data.strip(b"\0"):
        raise damaged(where, "something follows after its end")
    return unpacked


def _members(data: bytes, where: str) -> Iterator[Member]:
    """Walk from header to header; a header may only say how the next member is really called."""
    at, headers, told = 0, 0, _Told()
    while (block := data[at : at + _BLOCK]).strip(b"\0"):
        _check(block, where)
        headers += 1
        if headers > HEADERS:
            raise too_many(where)
        kind, size = block[156:157], _number(block[124:136], where)
        begin = at + _BLOCK
        if kind in b"xLKgX":
            if size > HEADER_BYTES:
                raise damaged(where, "one of its headers is larger than any name")
            told.take(kind, data[begin : begin + size], where)
        else:
            name = told.name or _name(block, where)
            size = size if told.size is None else told.size
            yield Member(name, _kind(kind, name, told), partial(_slice, data, begin, size, name))
            told = _Told()
        at = begin + -(-size // _BLOCK) * _BLOCK
        if begin + size > len(data):
            raise damaged(where, "it is cut off")
    if not block:
        raise damaged(where, "it is empty" if not data else "it is cut off")


class _Told:
    """What the headers before a member say of it."""

    def __init__(self) -> None:
        self.name = ""
        self.size: int | None = None
        self.sparse = False

    def take(self, kind: bytes, body: bytes, where: str) -> None:
        if kind == b"L":
            self.name = _text(body.rstrip(b"\0"), where)
        elif kind in b"xX":
            for key, value in _records(body, where):
                if key == b"path":
                    self.name = _text(value, where)
                elif key == b"size":
                    self.size = _digits(value, 10, where)
                self.sparse = self.sparse or key.startswith(b"GNU.sparse")


def _kind(kind: bytes, name: str, told: _Told) -> str:
    if told.sparse:
        return "a sparse file"
    if name.endswith("/"):  # how the oldest archives write a folder
        return FOLDER
    return _KINDS.get(kind, "something unusual")


def _slice(data: bytes, begin: int, size: int, name: str, most: int) -> bytes:
    if size > most:
        raise too_large(name, most)
    return data[begin : begin + size]


# --------------------------------------------------------------------------- headers


def _check(block: bytes, where: str) -> None:
    summed = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if len(block) < _BLOCK or summed != _digits(block[148:156].strip(b" \0"), 8, where):
        raise damaged(where, "it is cut off or no tar archive")


def _name(block: bytes, where: str) -> str:
    name = block[:100].split(b"\0")[0]
    prefix = block[345:500].split(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name, where)


def _text(name: bytes, where: str) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        shown = quoted(name.decode("utf-8", "backslashreplace"))
        raise Unreadable(f"{shown} in {where} has a name that is not UTF-8; rename it") from error


def _number(field: bytes, where: str) -> int:
    if field[0] == 0x80:  # GNU's way to write large ones
        return int.from_bytes(field[1:], "big")
    return _digits(field.strip(b" \0"), 8, where)


def _digits(field: bytes, base: int, where: str) -> int:
    if not re.fullmatch(rb"[0-7]{0,20}" if base == 8 else rb"[0-9]{1,20}", field):
        raise damaged(where, "one of its headers holds no number where one should be")
    return int(field or b"0", base)


def _records(body: bytes, where: str) -> Iterator[tuple[bytes, bytes]]:
    """The records of a POSIX header: each is its own length, a blank, `key=value` and a line feed."""
    at, end = 0, len(body.rstrip(b"\0"))
    for _ in range(RECORDS):
        if at >= end:
            return
        length = body[at : at + 20].partition(b" ")[0]
        size = _digits(length, 10, where)
        key, equals, value = body[at + len(length) + 1 : at + size].partition(b"=")
        if not equals or not value.endswith(b"\n") or at + size > len(body):
            raise damaged(where, "one of its headers cannot be read")
        yield key, value[:-1]
        at += size
    raise damaged(where, "one of its headers says too much")
