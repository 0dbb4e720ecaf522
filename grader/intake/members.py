"""What every archive must keep to, whatever packed it: plain files, safe names, no two of them the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.intake.files import ENTRIES, Held, Read, Unreadable, quoted
from grader.intake.names import member_name, same_name

FILE = "a regular file"
FOLDER = "a folder"

_AGAIN = "pack it again and upload it"


@dataclass(frozen=True)
class Member:
    """A member as its archive declares it: the name as written, and what it is, in words."""

    name: str
    kind: str
    read: Read


def held(members: Iterable[Member], where: str) -> Held:
    """The regular files among the members, by safe name; raises Unreadable for what no student needs."""
    readers: dict[str, Read] = {}
    seen: dict[str, str] = {}
    for count, member in enumerate(members):
        if count == ENTRIES:
            raise too_many(where)
        name = member_name(member.name, where)
        if name is None or member.kind == FOLDER:
            continue
        if member.kind != FILE:
            raise Unreadable(f"{quoted(name)} in {where} is {member.kind}; pack the file itself")
        _check_unique(name, seen, where)
        readers[name] = member.read
    return Held(dict(sorted(readers.items())))


def too_many(where: str) -> Unreadable:
    """The refusal of an archive with more members than anybody looks at."""
    return Unreadable(f"{where} holds more than {ENTRIES} files; hand in your own alone")


def damaged(where: str, why: str) -> Unreadable:
    """The refusal of an archive that contradicts itself."""
    return Unreadable(f"{where} is damaged: {why}; {_AGAIN}")


def _check_unique(name: str, seen: dict[str, str], where: str) -> None:
    other = seen.setdefault(same_name(name), name)
    if other is name:
        return
    if other == name:
        raise Unreadable(f"{quoted(name)} is in {where} twice; {_AGAIN} with one of them")
    both = f"{quoted(other, 60)} and {quoted(name, 60)} in {where}"
    raise Unreadable(f"{both} are one name where case does not count; rename one")
