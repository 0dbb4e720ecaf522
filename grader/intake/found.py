"""Who handed in: the submissions in what the instructor points at."""

import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.chosen import kind_of, notebook_named
from grader.intake.files import Unreadable, is_ignored, quoted
from grader.intake.slug import slugs
from grader.intake.submission import Submission, read_submission, student_id


@dataclass(frozen=True)
class Found:
    """One student's submission, not read yet. `student` and `name` are untrusted text.

    Who handed in twice, as alice.py and alice.zip, is one student; what is `also` there must be the same.
    """

    student: str
    name: str
    slug: str
    path: Path
    also: tuple[Path, ...] = ()

    def read(self, submit: str) -> Submission:
        """Read it; raises Unreadable with one sentence."""
        submission = read_submission(self.path, submit)
        for path in self.also:
            again = read_submission(path, submit)
            if again.files != submission.files:
                seen = " and ".join(quoted(each.name, 60) for each in (self.path, path))
                raise Unreadable(f"{seen} are by one student and differ; keep the one that counts")
        return replace(submission, student=self.student, name=self.name, slug=self.slug)


def discover(path: Path, submit: str) -> list[Found]:
    """The submissions at `path`, in the order of their names.

    A file is one submission, and so is a folder that itself holds `submit` or the notebook of that name. In
    any other folder each file of a known kind and each folder is a student's. Links and the like are found,
    and refused when they are read, so that nobody is passed over in silence.
    """
    if not path.is_dir():
        return _named([path])
    folder = path.resolve()  # the instructor's own link, or "."
    if _is_one(folder, submit):
        return _named([folder])
    return _named([entry for entry in _visible(folder) if _is_handed_in(entry)])


def left_out(path: Path, submit: str) -> list[str]:
    """The names in a class's folder that `discover` takes for nobody's submission."""
    if not path.is_dir() or _is_one(path, submit):
        return []
    return [student_id(entry.name, is_folder=True) for entry in _visible(path) if not _is_handed_in(entry)]


def _is_one(folder: Path, submit: str) -> bool:
    return any((folder / name).is_file() for name in (submit, notebook_named(submit)))


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not is_ignored(entry.name))


def _is_handed_in(entry: Path) -> bool:
    return kind_of(entry.name) is not None or entry.is_dir()


def _named(paths: list[Path]) -> list[Found]:
    by_stem: dict[str, list[Path]] = {}
    for path in sorted(paths, key=lambda path: (path.is_dir(), path)):
        by_stem.setdefault(_stem(path), []).append(path)
    students: dict[str, list[Path]] = {}
    for stem, entries in sorted(by_stem.items()):
        student = student_id(stem, is_folder=True)
        if student in students:  # only escaping made the names equal
            student = student_id(entries[0].name, is_folder=True)
        while student in students:
            student += "~"
        students[student] = entries
    slug = slugs(students)
    return [
        Found(student, _written(entries), slug[student], entries[0], tuple(entries[1:]))
        for student, entries in sorted(students.items())
    ]


def _stem(path: Path) -> str:
    kind = None if path.is_dir() else kind_of(path.name)
    stem = path.name[: -len(kind)] if kind and len(path.name) > len(kind) else path.name
    return unicodedata.normalize("NFC", stem)


def _written(entries: list[Path]) -> str:
    return " and ".join(student_id(entry.name, is_folder=True) for entry in entries)
