"""Source text from bytes: UTF-8 and nothing else, and in one sentence what it is instead."""

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


def decoded(data: bytes, shown: str) -> str:
    """The text of a file; `shown` is its name for a sentence."""
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
        raise Unreadable(f"{shown} is not UTF-8 (line {line}){guess}; save it as UTF-8") from error


def cookie_note(data: bytes, shown: str) -> str | None:
    """What to say of a file that declares another encoding: everything is read as UTF-8."""
    first, _, rest = data[:4096].partition(b"\n")
    lines = [first, rest.partition(b"\n")[0]] if _BLANK.match(first.rstrip(b"\r")) else [first]
    for line in lines:
        cookie = _COOKIE.match(line.removeprefix(codecs.BOM_UTF8))
        if cookie and not _is_utf8(name := cookie[1].decode("ascii", "replace")):
            return f"{shown} declares the encoding {name[:40]}, which is ignored: it was read as UTF-8"
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
