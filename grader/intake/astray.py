"""What lies around a class and is easily pointed at in its place; a sentence each says what to name."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from grader.intake.downloads import download
from grader.intake.entries import holds, is_handed_in, is_one, visible
from grader.intake.files import TIMESTAMP, Unreadable, is_ignored, quoted
from grader.intake.platforms import named
from grader.intake.submission import read_submission
from grader.intake.zips import names_in

# Of these nbgrader has some beside submitted/.
_COURSE = frozenset({"nbgrader_config.py", "gradebook.db", "source", "release", "autograded", "feedback"})


def check_file(path: Path) -> None:
    """Raise Unreadable for the archive that Canvas or Moodle makes of a whole class."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        return
    says = [named(top) for top in _tops(names_in(path))]
    students = {said.student for said in says if said}
    if None not in says and len(students) > 1:
        raise Unreadable(
            f"{quoted(path.name)} holds the submissions of {len(students)} students; "
            "unpack it and name the folder"
        )


def check_folder(path: Path, entries: Sequence[Path], submit: str) -> None:
    """Raise Unreadable for a folder around a class, or within it, where that is plain to see."""
    names = {entry.name for entry in entries}
    if "submitted" in names and names & _COURSE:
        raise Unreadable(f"{path} is a course of nbgrader; name {path / 'submitted'}")
    if _is_one_students(entries, submit):
        raise Unreadable(f"{path} is one student's folder of nbgrader; name the folder that it lies in")
    if len(entries) == 1 and entries[0].is_dir() and _is_class(entries[0], submit):
        inner = path / quoted(entries[0].name)
        raise Unreadable(f"{path} holds a folder with a class in it and nothing else; name {inner}")
    handed_in = [entry for entry in entries if is_handed_in(entry)]
    if len(handed_in) == 1 and not handed_in[0].is_symlink():
        check_file(handed_in[0])


def _is_one_students(entries: Sequence[Path], submit: str) -> bool:
    """Whether these are a student's assignments: nbgrader has stamped each, and one at most is asked for."""
    stamped = bool(entries) and all(holds(entry, TIMESTAMP) for entry in entries)
    return stamped and sum(is_one(entry, submit) for entry in entries) < 2


def _is_class(folder: Path, submit: str) -> bool:
    """Whether it is plain that the folder is no student's: what cannot be read as one may be several."""
    with suppress(OSError):
        entries = visible(folder)
        of_platform = download(entries)
        if of_platform and len(of_platform.students) > 1:
            return True
        assignments = any(holds(entry, TIMESTAMP) for entry in entries)
        if is_one(folder, submit) or assignments or sum(_has_one(entry, submit) for entry in entries) < 2:
            return False
        try:
            read_submission(folder, submit)
        except Unreadable:
            return True
    return False


def _has_one(entry: Path, submit: str) -> bool:
    """Whether it is a folder with a submission in it, or a folder deeper: in `src/`, in an assignment's."""
    with suppress(OSError):
        inner = visible(entry) if entry.is_dir() else []
        return any(is_one(folder, submit) for folder in (entry, *inner))
    return False


def _tops(names: Sequence[str]) -> set[str]:
    """What is at the top of an archive, or in the one folder there that no platform has named."""
    paths = [PurePosixPath(name).parts for name in names]
    paths = [path for path in paths if path and not is_ignored(path[0])]
    tops = {path[0] for path in paths}
    if len(tops) == 1 and not any(map(named, tops)):
        return {path[1] for path in paths if len(path) > 1 and not is_ignored(path[1])}
    return tops
