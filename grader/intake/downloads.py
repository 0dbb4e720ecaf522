"""What Canvas and Moodle let an instructor download: several files and folders are one student's.

The names alone say whose each is. They are believed only where all of them are of one platform and agree with
each other, for a class that happens to call its files so must not become one student.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.intake.chosen import kind_of, notebook_named
from grader.intake.entries import is_handed_in
from grader.intake.files import ENTRIES, Held, Read, Unreadable, hold_tree, is_ignored, quoted, read_one
from grader.intake.platforms import PLATFORMS, Named, Platform, named
from grader.intake.submission import student_id


@dataclass(frozen=True)
class Download:
    """Whose each entry is, without those that are nobody's."""

    platform: Platform
    students: Mapping[str, Sequence[Path]]


def download(entries: Sequence[Path]) -> Download | None:
    """The entries by student; None where it is no download of either platform."""
    for platform in PLATFORMS:
        students = _by_student(entries, platform)
        if students is not None:
            return Download(platform, students)
    return None


def _by_student(entries: Iterable[Path], platform: Platform) -> dict[str, list[Path]] | None:
    """None unless this platform has named all that is handed in.

    It knows one name for a number, and no two files of a student under the same name.
    """
    says = {entry: _said(entry, platform) for entry in entries}
    handed_in = [said for entry, said in says.items() if is_handed_in(entry)]
    if not handed_in or None in handed_in:
        return None
    students: dict[str, list[Path]] = {}
    names: dict[str, str] = {}
    given: set[tuple[str, str]] = set()
    for entry, said in says.items():
        if said is None:
            continue
        file = (said.student, _given(entry, platform))
        if file in given or names.setdefault(said.number, said.name) != said.name:
            return None
        given.add(file)
        students.setdefault(said.student, []).append(entry)
    return students


def unnamed(entries: Iterable[Path]) -> list[Path]:
    """The few that no platform has named, where it has named most: for them it is no download."""
    handed_in = [entry for entry in entries if is_handed_in(entry)]
    others = [entry for entry in handed_in if _said(entry) is None]
    return others if 2 * len(others) < len(handed_in) else []


def hold_together(entries: Sequence[Path], submit: str, platform: Platform) -> tuple[Held, tuple[str, ...]]:
    """What one student's entries hold, as if it lay in one folder under the names that the student gave it.

    Also returns what people should know of that. Raises Unreadable.
    """
    newest, notes = _newest(entries, submit, platform)
    readers: dict[str, Read] = {}
    links: list[str] = []
    for name, entry in newest.items():
        held = _hold(entry, name, platform)
        links += held.links
        for inner, read in held.readers.items():
            if inner in readers and kind_of(inner):
                raise Unreadable(f"{quoted(inner)} is there twice, by one student; keep the one that counts")
            readers.setdefault(inner, read)
        if len(readers) + len(links) > ENTRIES:
            raise Unreadable(f"one student has more than {ENTRIES} files; hand in your own alone")
    in_order = sorted(readers, key=lambda inner: inner.split("/"))  # as `hold_tree` goes
    return Held({inner: readers[inner] for inner in in_order}, tuple(links)), notes


def _newest(
    entries: Sequence[Path], submit: str, platform: Platform
) -> tuple[Mapping[str, Path], tuple[str, ...]]:
    """Each entry by the student's name for it, and the last of those that Canvas has numbered."""
    newest: dict[str, Path] = {}
    last: dict[str, str] = {}
    for name, _, entry in sorted((*_called(entry, submit, platform), entry) for entry in entries):
        if name in newest and kind_of(name):
            last[name] = _given(entry, platform)
        newest[name] = entry
    return newest, tuple(_repeated(last))


def _called(entry: Path, submit: str, platform: Platform) -> tuple[str, int]:
    """What the student called it, and the number that Canvas has added; Moodle's folders keep their names.

    What is asked for may itself end in a number: `hw-2.py`.
    """
    said = _said(entry, platform)
    if said is None or not said.original:
        return _text(entry), 0
    given = _given(entry, platform)
    return (given, 0) if given in (submit, notebook_named(submit)) else (said.original, said.again)


def _repeated(last: Mapping[str, str]) -> Iterator[str]:
    if last:
        name = min(last)
        were = f"{len(last)} files were" if len(last) > 1 else f"{quoted(name)} was"
        yield f"{were} handed in more than once: the last counts, {quoted(last[name])} for {quoted(name)}"


def _hold(entry: Path, name: str, platform: Platform) -> Held:
    if is_ignored(name):
        return Held({})
    if entry.is_symlink() and kind_of(name) is None:
        return Held({}, (name,))
    if not entry.is_dir():
        return Held({name: partial(read_one, entry)})
    tree = hold_tree(entry)
    said = _said(entry, platform)
    around = f"{name}/" if said and said.original else ""  # Moodle's folder is no folder of the student's
    readers = {around + inner: read for inner, read in tree.readers.items()}
    return Held(readers, tuple(around + link for link in tree.links))


def _said(entry: Path, platform: Platform | None = None) -> Named | None:
    return named(_text(entry), platform)


def _given(entry: Path, platform: Platform) -> str:
    """The name without what the platform has put in front of it."""
    said = _said(entry, platform)
    return _text(entry).removeprefix(said.prefix) if said else _text(entry)


def _text(entry: Path) -> str:
    return student_id(entry.name, is_folder=True)
