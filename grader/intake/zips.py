"""Zip archives, from bytes in memory. Nothing is extracted, and what is not asked for is not unpacked.

The table of contents is read by `zipfile`; the files themselves are not, since it unpacks past the size that
an entry declares before it looks at that size.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from grader.intake.files import ENTRIES, Held, Unreadable, quoted, too_large
from grader.intake.members import FILE, FOLDER, Member, damaged, held, too_many

RATIO = 200  # deflate reaches 1032; source code stays below 20
SMALL = 64 << 10  # below this no ratio is looked at
CONTENTS = 4 << 20  # bytes of a table of contents that are read where the archive itself is not

_ENTRY = b"PK\x01\x02"
_CONTENTS_END, _LARGE = b"PK\x05\x06", b"PK\x06\x07"
_END = 22  # bytes that end a table of contents, before a comment
_LAST = _END + 0xFFFF
_LOCAL = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x41
# What zipfile raises for bytes that are no zip archive, as its source and a fuzzer tell.
_DAMAGE = (
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def hold_zip(data: bytes, where: str) -> Held:
    """What a zip archive holds; `where` is its name for a sentence."""
    if data.count(_ENTRY) > ENTRIES:  # before an object is made of each
        raise too_many(where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries, end = archive.infolist(), archive.start_dir
    except _DAMAGE as error:
        raise damaged(where, "it has no table of contents that can be read") from error
    return held(_members(data, entries, end, where), where)


def names_in(path: Path) -> list[str]:
    """The names in a zip archive of any size; none where its table of contents is large or can't be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST))
            last = file.read()
            at = last.rfind(_CONTENTS_END, 0, len(last) - _END + len(_CONTENTS_END))
            contents = int.from_bytes(last[at + 12 : at + 16], "little")
            if at < 0 or contents > CONTENTS or last[max(at - 20, 0) : at].startswith(_LARGE):
                return []
            with zipfile.ZipFile(file) as archive:
                return archive.namelist()
    except _DAMAGE:
        return []


def _members(data: bytes, entries: list[zipfile.ZipInfo], end: int, where: str) -> Iterator[Member]:
    packed = _packed(data, entries, end, where)
    for entry in entries:
        # The name as it is written: zipfile cuts its own off at a NUL.
        name = entry.orig_filename
        yield Member(name, _kind(entry), partial(_read, packed[entry.header_offset], entry, where))


def _kind(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.orig_filename.endswith("/") or kind == stat.S_IFDIR:
        return FOLDER
    if kind in (0, stat.S_IFREG):  # 0: packed where files have no such bits
        return FILE
    names = {stat.S_IFLNK: "a link", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return names.get(kind, "a device")


def _packed(data: bytes, entries: list[zipfile.ZipInfo], end: int, where: str) -> dict[int, memoryview]:
    """The packed bytes of each entry, by its offset.

    Each entry has bytes of its own: those that share theirs make a small archive unpack to anything.
    """
    packed = {}
    free = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        shown, start = quoted(entry.orig_filename), entry.header_offset
        head = data[start : start + _LOCAL.size] if start >= 0 else b""
        if not head.startswith(b"PK\x03\x04") or len(head) < _LOCAL.size:
            raise damaged(where, f"{shown} is not where it should be")
        if start < free:
            raise damaged(where, f"{shown} overlaps another file")
        _, name, extra = _LOCAL.unpack(head)
        begin = start + _LOCAL.size + name + extra
        free = begin + entry.compress_size
        if free > end:
            raise damaged(where, f"{shown} is cut off")
        if data[start + _LOCAL.size : start + _LOCAL.size + name] != _written(entry):
            raise damaged(where, f"{shown} has two names")
        packed[start] = memoryview(data)[begin:free]
    return packed


def _written(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")


def _read(packed: memoryview, entry: zipfile.ZipInfo, where: str, most: int) -> bytes:
    shown = f"{quoted(entry.orig_filename)} in {where}"
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(f"{shown} is encrypted; pack it again without a password")
    if entry.file_size > most:
        raise too_large(entry.orig_filename, most)
    if entry.file_size > max(SMALL, RATIO * len(packed)):
        raise Unreadable(f"{shown} unpacks to more than {RATIO} times its size; hand in source code alone")
    data = _unpacked(packed, entry, shown, where)
    if data is None or len(data) != entry.file_size:
        raise damaged(where, f"{quoted(entry.orig_filename)} is not of the size that it is said to be")
    if zlib.crc32(data) != entry.CRC:
        raise damaged(where, f"{quoted(entry.orig_filename)} has another checksum than it should have")
    return data


def _unpacked(packed: memoryview, entry: zipfile.ZipInfo, shown: str, where: str) -> bytes | None:
    """The bytes, of which there are at most one more than declared; None where the stream has another end."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return bytes(packed)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable(f"{shown} is packed by an unusual method; pack it again as an ordinary zip archive")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(packed, entry.file_size + 1)
    except zlib.error as error:
        raise damaged(where, f"{quoted(entry.orig_filename)} cannot be unpacked") from error
    return data if unpacker.eof and not unpacker.unused_data else None
