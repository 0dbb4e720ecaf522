"""Reading what a student handed in without trusting it: regular files only, each opened once, all bounded.

A path of the student's is opened one time, without following links and without waiting, and looked at through
that descriptor: what was checked is what is read, whatever happens to the folder meanwhile.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE_BYTES = 1 << 20
TOTAL_BYTES = 8 << 20
FILES = 200
ENTRIES = 10_000  # names looked at, of any kind
DEPTH = 12

_SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Unreadable(Exception):  # noqa: N818 - it names what the submission is
    """What was handed in cannot be taken; the message is one sentence that says why."""


@dataclass(frozen=True)
class Raw:
    """Files as read, by relative path, and what people should know of how they were read."""

    files: dict[str, bytes]
    notes: tuple[str, ...] = ()


def is_ignored(name: str) -> bool:
    """Whether a name is nobody's work: hidden files, Python's and macOS's leavings."""
    return name.startswith(".") or name in ("__pycache__", "__MACOSX")


def quoted(name: str) -> str:
    """A file name for a sentence: escaped if it is not printable, never longer than a line."""
    shown = name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
    return shown if len(shown) <= 80 else shown[:77] + "..."


def read_one(path: Path) -> bytes:
    """The bytes of one regular file, at most FILE_BYTES of them."""
    return _read(str(path), path.name)


def read_tree(path: Path) -> Raw:
    """The `.py` files below a folder, by relative path with `/`, in the order of their names."""
    tree = _Tree()
    with _opened(str(path), path.name, os.O_DIRECTORY) as folder:
        tree.take(folder, "", 0)
    notes = tuple(f"{quoted(name)} was left out: links are not followed" for name in tree.links)
    if tree.others:
        plural = "files were" if tree.others > 1 else "file was"
        notes += (f"{tree.others} {plural} left out: only .py files are taken",)
    return Raw(tree.files, notes)


class _Tree:
    """One walk through a folder: what was taken and what was passed by."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.links: list[str] = []
        self.others = 0
        self.entries = 0
        self.bytes = 0

    def take(self, folder: int, prefix: str, depth: int) -> None:
        if depth > DEPTH:
            raise Unreadable(f"folders are nested more than {DEPTH} deep")
        for name in self._names(folder):
            relative = prefix + name
            kind = _kind(name, folder)
            if stat.S_ISDIR(kind):
                with _opened(name, relative, os.O_DIRECTORY, folder) as inner:
                    self.take(inner, relative + "/", depth + 1)
            elif name.endswith(".py"):
                self._read(name, relative, folder)
            elif stat.S_ISLNK(kind):
                self.links.append(relative)
            else:
                self.others += 1

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

    def _read(self, name: str, relative: str, folder: int) -> None:
        if not name.isprintable() or "\\" in name:
            raise Unreadable(f"{quoted(relative)} has a name with odd characters; rename it")
        if len(self.files) == FILES:
            raise Unreadable(f"there are more than {FILES} .py files; hand in your own alone")
        data = _read(name, relative, folder)
        self.bytes += len(data)
        if self.bytes > TOTAL_BYTES:
            raise Unreadable(f"the .py files are larger than {TOTAL_BYTES >> 20} MiB together")
        self.files[relative] = data


def _read(name: str, shown: str, folder: int | None = None) -> bytes:
    with _opened(name, shown, 0, folder) as descriptor:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{quoted(shown)} is {_called(status.st_mode)}, not a regular file")
        data = b""
        while len(data) <= FILE_BYTES:  # the size that fstat tells may be a lie by now
            piece = os.read(descriptor, FILE_BYTES + 1 - len(data))
            if not piece:
                return data
            data += piece
        raise Unreadable(f"{quoted(shown)} is larger than {FILE_BYTES >> 20} MiB")


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
