"""Source text from bytes: UTF-8, or what a Python file declares; in one sentence what it is instead."""

from __future__ import annotations

import codecs
import re

from grader.intake.files import Unreadable

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(#.*)?$")
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


# Where these bytes are read as ASCII, nothing hides in letters, as it does in UTF-7 or in escapes, and no
# decoder takes time that grows with the square, as those of host names do.
_ASCII = bytes(range(128)).replace(b"\\", b"") + b"\\u0041.xn--bcher-kva"


class _NotUtf8(Unreadable):
    pass


def source_text(data: bytes, shown: str) -> tuple[str, str | None]:
    """The text of a Python file, and a note where the encoding that it declares did not count.

    What is UTF-8 is read so, whatever it declares; anything else as what it declares, as Python reads it.
    """
    declared = _declared(data)
    if declared is None:
        return decoded(data, shown), None
    told = f"{shown} declares the encoding {declared[:40]}"
    try:
        return decoded(data, shown), f"{told}, which is ignored: it was read as UTF-8"
    except _NotUtf8 as error:
        text = _as_declared(data, declared)
        if text is None:
            raise Unreadable(f"{told} and cannot be read as that or as UTF-8; save it as UTF-8") from error
        return text, None


def decoded(data: bytes, shown: str) -> str:
    """The text of a file that has to be UTF-8; `shown` is its name for a sentence."""
    found = _wide(data)
    if found:
        raise Unreadable(f"{shown} is {found}; save it as UTF-8")
    if b"\0" in data:
        raise Unreadable(f"{shown} holds NUL bytes: it is no source text; upload the right file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = ", and looks like Latin-1" if _is_latin(data) else ""
        raise _NotUtf8(f"{shown} is not UTF-8 (line {line}){guess}; save it as UTF-8") from error


def _declared(data: bytes) -> str | None:
    """The encoding that the first lines declare, unless it is UTF-8."""
    first, _, rest = data[:4096].partition(b"\n")
    lines = [first, rest.partition(b"\n")[0]] if _BLANK.match(first.rstrip(b"\r")) else [first]
    for line in lines:
        cookie = _COOKIE.match(line.removeprefix(codecs.BOM_UTF8))
        if cookie and not _is_utf8(name := cookie[1].decode("ascii", "replace")):
            return name
    return None


def _as_declared(data: bytes, encoding: str) -> str | None:
    if data.startswith(codecs.BOM_UTF8):  # Python takes no other encoding beside it
        return None
    try:
        return data.decode(encoding) if _ASCII.decode(encoding) == _ASCII.decode("ascii") else None
    except (LookupError, ValueError):  # unknown, no encoding of text, or not the one that it is
        return None


def _wide(data: bytes) -> str | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:512]
    for nul, letters in ((sample[1::2], sample[::2]), (sample[::2], sample[1::2])):
        if len(nul) > 1 and not nul.strip(b"\0") and b"\0" not in letters:
            return "UTF-16"
    return None


def _is_latin(data: bytes) -> bool:
    return not re.search(rb"[\x80-\x9f]", data)  # control characters, which nobody types


def _is_utf8(name: str) -> bool:
    plain = name.lower().replace("_", "-")
    return plain in ("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii") or plain.startswith("utf-8-")
