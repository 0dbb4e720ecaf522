"""Which files are archives, by the end of their names, and which of them are opened."""

from __future__ import annotations

from collections.abc import Callable

from grader.intake.files import Held, Unreadable, quoted
from grader.intake.tars import hold_tar
from grader.intake.zips import hold_zip


def _unopened(data: bytes, where: str) -> Held:
    raise Unreadable(f"{where} is of a kind that is not opened; pack your files as a zip archive")


ARCHIVES: dict[str, Callable[[bytes, str], Held]] = {
    ".zip": hold_zip,
    ".tar": hold_tar,
    ".tar.gz": hold_tar,
    ".tgz": hold_tar,
    ".rar": _unopened,
    ".7z": _unopened,
    ".tar.bz2": _unopened,
    ".tbz2": _unopened,
    ".tar.xz": _unopened,
    ".txz": _unopened,
}

_FITS = {
    b"PK": (".zip",),
    b"\x1f\x8b": (".tar", ".tar.gz", ".tgz"),
    b"Rar!": (".rar",),
    b"7z\xbc\xaf\x27\x1c": (".7z",),
    b"BZh": (".tar.bz2", ".tbz2"),
    b"\xfd7zXZ": (".tar.xz", ".txz"),
}
_REALLY = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip file",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"%PDF": "a PDF file",
    b"<": "a web page",
}


def hold_archive(name: str, kind: str, data: bytes) -> Held:
    """What an archive holds; a file that only calls itself one is refused by what it is."""
    if not data:
        raise Unreadable(f"{quoted(name)} is empty; upload it again")
    fits = any(data.startswith(begin) and kind in kinds for begin, kinds in _FITS.items())
    really = [what for begin, what in _REALLY.items() if data.startswith(begin)]
    if really and not fits:
        raise Unreadable(f"{quoted(name)} is really {really[0]}; pack your files as a zip archive")
    return ARCHIVES[kind](data, quoted(name))
