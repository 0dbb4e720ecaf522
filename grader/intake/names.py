"""Names inside archives: which are nobody's work, which are safe, and which of them are the same."""

from __future__ import annotations

import re
import unicodedata

from grader.intake.files import DEPTH, Unreadable, is_ignored, quoted

LONGEST = 1000

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)", re.IGNORECASE)
_CONTROL = ("Cc", "Cs")
_AGAIN = "pack it again from inside its folder"


def member_name(name: str, where: str) -> str | None:
    """The relative name of an archive's member with `/`, or None for what is nobody's work.

    Raises Unreadable for a name that means another place, or another file on another machine, even where
    nobody would look at the member: an honest program writes no such name.
    """
    shown = f"{quoted(name)} in {where}"
    if "\\" in name:
        raise Unreadable(f"{shown} has a backslash in its name; pack it again with / between folders")
    if name.startswith("/"):
        raise Unreadable(f"{shown} has a name that begins with /; {_AGAIN}")
    if re.match("[A-Za-z]:", name):
        raise Unreadable(f"{shown} has a name with a drive; {_AGAIN}")
    parts = [part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Unreadable(f"{shown} has .. in its name, which leads out of the archive; {_AGAIN}")
    if any(is_ignored(part) for part in parts) or not parts:
        return None
    _check_parts(name, parts, shown, where)
    return "/".join(parts)


def _check_parts(name: str, parts: list[str], shown: str, where: str) -> None:
    if any(unicodedata.category(letter) in _CONTROL for letter in name):
        raise Unreadable(f"{shown} has a name with control characters; rename it")
    if any(_RESERVED.match(part.rstrip(" ")) for part in parts):
        raise Unreadable(f"{shown} has a name that Windows keeps for a device; rename it")
    if len(name) > LONGEST:
        raise Unreadable(f"{shown} has a name of more than {LONGEST} characters; rename it")
    if len(parts) > DEPTH + 1:
        raise Unreadable(f"folders in {where} are nested more than {DEPTH} deep; hand in your own alone")


def same_name(name: str) -> str:
    """What two names have in common that mean one file on a file system that ignores case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
