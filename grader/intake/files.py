"""Reading what a student handed in without trusting it: regular files only, each opened once, all bounded.

A path of the student's is opened one time, without following links and without waiting, and looked at through
that descriptor: what was checked is what is read, whatever happens to the folder meanwhile. What is written
while it is read is read again: half of one version and half of another is nobody's work.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

FILE_BYTES = 1 << 20  # of a .py file
TOTAL_BYTES = 8 << 20  # of all .py files
NOTEBOOK_BYTES = 16 << 20  # pictures in its outputs make a notebook large
ARCHIVE_BYTES = 32 << 20
FILES = 200
ENTRIES = 10_000  # names looked at, of any kind
DEPTH = 12

TIMESTAMP = "timestamp.txt"  # nbgrader's, beside what it collected

_TRIES = 5  # until a file is read twice alike: who still writes it has another chance
_SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Unreadable(Exception):  # noqa: N818 - it names what the submission is
    """What was handed in cannot be taken; the message is one sentence that says why."""


@dataclass(frozen=True)
class Raw:
    """Files as read, by relative path, and what people should know of how they were read.

    `handed_in` has, for sentences, the names under which the files were handed in.
    """

    files: dict[str, bytes]
    handed_in: Mapping[str, str]
    notes: tuple[str, ...] = ()


Read = Callable[[int], bytes]  # at most so many bytes; raises Unreadable where there are more


@dataclass(frozen=True)
class Held:
    """What a folder or an archive holds, by relative name with `/`. Nothing of it is read yet."""

    readers: Mapping[str, Read]
    links: tuple[str, ...] = ()  # left out, and not followed


_LEAVINGS = frozenset({"__pycache__", "__MACOSX", "Icon\r", TIMESTAMP, "submission_metadata.yml"})


def is_ignored(name: str) -> bool:
    """Whether a name is nobody's work: hidden files, what Python, macOS, nbgrader and Gradescope leave."""
    return name.startswith(".") or name in _LEAVINGS


def quoted(name: str, most: int = 80) -> str:
    """A file name for a sentence: escaped if it is not printable, never longer than a line."""
    shown = name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def too_large(shown: str, most: int) -> Unreadable:
    """The refusal of a file of more than `most` bytes."""
    return Unreadable(f"{quoted(shown)} is larger than {most >> 20} MiB")


def read_one(path: Path, most: int = FILE_BYTES) -> bytes:
    """The bytes of one regular file, at most `most` of them."""
    return _read(str(path), path.name, None, most)


def hold_tree(path: Path) -> Held:
    """What is below a folder, in the order of the names; hidden files and the like do not count."""
    tree = _Tree()
    with _opened(str(path), path.name, os.O_DIRECTORY) as folder:
        tree.walk(folder, "", 0)
    return Held({name: partial(_read_within, path, name) for name in tree.files}, tuple(tree.links))


class _Tree:
    """One walk through a folder: the names of what is there."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.links: list[str] = []
        self.entries = 0

    def walk(self, folder: int, prefix: str, depth: int) -> None:
        if depth > DEPTH:
            raise Unreadable(f"folders are nested more than {DEPTH} deep")
        for name in self._names(folder):
            relative = prefix + name
            kind = _kind(name, folder)
            if stat.S_ISDIR(kind):
                with _opened(name, relative, os.O_DIRECTORY, folder) as inner:
                    self.walk(inner, relative + "/", depth + 1)
            elif stat.S_ISLNK(kind) and not name.endswith(".py"):
                self.links.append(relative)
            else:
                self.files.append(relative)

    def _names(self, folder: int) -> list[str]:
        names = []
        with os.scandir(folder) as entries:
            for entry in entries:
                self.entries += 1
                if self.entries > ENTRIES:
                    raise Unreadable(f"the folder holds more than {ENTRIES} files; hand in your own alone")
                if not is_ignored(entry.name):
                    names.append(entry.name)
        return sorted(names)


def _read_within(top: Path, relative: str, most: int) -> bytes:
    """Read a file below a folder, each folder on the way opened as carefully as the file."""
    *folders, name = relative.split("/")
    with ExitStack() as stack:
        folder = stack.enter_context(_opened(str(top), top.name, os.O_DIRECTORY))
        for depth, each in enumerate(folders, 1):
            shown = "/".join(folders[:depth])
            folder = stack.enter_context(_opened(each, shown, os.O_DIRECTORY, folder))
        return _read(name, relative, folder, most)


def _read(name: str, shown: str, folder: int | None, most: int) -> bytes:
    with _opened(name, shown, 0, folder) as descriptor:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{quoted(shown)} is {_called(status.st_mode)}, not a regular file")
        if status.st_size > most:
            raise too_large(shown, most)
        found = _whole(descriptor, shown, most)
        for _ in range(_TRIES):
            os.lseek(descriptor, 0, os.SEEK_SET)
            before, found = found, _whole(descriptor, shown, most)
            if found == before:
                return found
        raise Unreadable(f"{quoted(shown)} is being written; hand it in again when that is done")


def _whole(descriptor: int, shown: str, most: int) -> bytes:
    """All that there is from here on. Who writes meanwhile may make it half the old and half the new."""
    pieces: list[bytes] = []
    room = most
    while room >= 0:  # the size that fstat tells may be a lie by now
        piece = os.read(descriptor, min(room + 1, FILE_BYTES))
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        room -= len(piece)
    raise too_large(shown, most)


@contextmanager
def _opened(name: str, shown: str, extra: int, folder: int | None = None) -> Iterator[int]:
    """An open descriptor, or one sentence. Errors while reading through it are told the same way."""
    try:
        descriptor = os.open(name, _SAFELY | extra, dir_fd=folder)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unreadable(f"{quoted(shown)} {_why(error, name, folder)}") from error


def _why(error: OSError, name: str, folder: int | None) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR) and stat.S_ISLNK(_kind(name, folder)):
        return "is a link; hand in the file itself"
    if error.errno in (errno.ENXIO, errno.ENODEV):  # a socket, or a device without its driver
        return f"is {_called(_kind(name, folder))}, not a regular file"
    return f"cannot be read: {error.strerror}"


def _kind(name: str, folder: int | None) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return 0


def _called(mode: int) -> str:
    for is_kind, word in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISCHR, "a device"),
    ):
        if is_kind(mode):
            return word
    return "something else"
