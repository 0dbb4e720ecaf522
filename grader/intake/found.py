"""Who handed in: the submissions in what the instructor points at."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.astray import check_file, check_folder
from grader.intake.chosen import kind_of
from grader.intake.downloads import download, hold_together, unnamed
from grader.intake.entries import is_handed_in, is_one, visible
from grader.intake.files import Unreadable, quoted
from grader.intake.platforms import Platform
from grader.intake.slug import slugs
from grader.intake.submission import Submission, read_held, read_submission, student_id


@dataclass(frozen=True)
class Found:
    """One student's submission, not read yet. `student` and `name` are untrusted text.

    Who handed in twice, as alice.py and alice.zip, is one student; what is `also` there must be the same. In
    a platform's download it is the rest of the student's files instead: they are the submission together.
    """

    student: str
    name: str
    slug: str
    path: Path
    also: tuple[Path, ...] = ()
    platform: Platform | None = None

    def read(self, submit: str) -> Submission:
        """Read it; raises Unreadable with one sentence."""
        if self.platform:
            held, notes = hold_together((self.path, *self.also), submit, self.platform)
            return read_held(held, submit, self.student, self.name, self.slug, notes)
        submission = read_submission(self.path, submit)
        for path in self.also:
            again = read_submission(path, submit)
            if again.files != submission.files:
                seen = " and ".join(quoted(each.name, 60) for each in (self.path, path))
                raise Unreadable(f"{seen} are by one student and differ; keep the one that counts")
        return replace(submission, student=self.student, name=self.name, slug=self.slug)


def discover(path: Path, submit: str, run: Path | None = None) -> list[Found]:
    """The submissions at `path`, in the order of their names; `run` is nobody's, should it be kept there.

    A file is one submission, and so is a folder that itself holds `submit` or the notebook of that name. In
    a folder that Canvas or Moodle let somebody download, the names say whose each file and folder is. In any
    other, each file of a known kind and each folder is a student's. Links and the like are found, and refused
    when they are read, so that nobody is passed over in silence. Raises Unreadable, with what to name in its
    place, for what is easily taken for a class and is none.
    """
    if not path.is_dir():
        check_file(path)
        return _named([path])
    folder = path.resolve()  # the instructor's own link, or "."
    if is_one(folder, submit):
        return _named([folder])
    entries = visible(folder, run)
    check_folder(path, entries, submit)
    from_platform = download(entries)
    if from_platform is not None:
        return _found(from_platform.students, from_platform.platform)
    return _named([entry for entry in entries if is_handed_in(entry)])


def left_out(path: Path, submit: str, run: Path | None = None) -> list[str]:
    """The names in a class's folder that `discover` takes for nobody's submission."""
    folder = path.resolve()
    if not folder.is_dir() or is_one(folder, submit):
        return []
    taken = {entry for found in discover(path, submit, run) for entry in (found.path, *found.also)}
    return [student_id(entry.name, is_folder=True) for entry in visible(folder, run) if entry not in taken]


def strays(path: Path, submit: str, run: Path | None = None) -> list[str]:
    """The names in a class's folder that keep those of all others from being taken for a platform's."""
    folder = path.resolve()
    if not folder.is_dir() or is_one(folder, submit):
        return []
    return [student_id(entry.name, is_folder=True) for entry in unnamed(visible(folder, run))]


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
    return _found(students)


def _found(students: Mapping[str, Sequence[Path]], platform: Platform | None = None) -> list[Found]:
    slug = slugs(students)
    return [
        Found(student, _written(entries), slug[student], entries[0], tuple(entries[1:]), platform)
        for student, entries in sorted(students.items())
    ]


def _stem(path: Path) -> str:
    kind = None if path.is_dir() else kind_of(path.name)
    stem = path.name[: -len(kind)] if kind and len(path.name) > len(kind) else path.name
    return unicodedata.normalize("NFC", stem)


def _written(entries: Sequence[Path]) -> str:
    return " and ".join(student_id(entry.name, is_folder=True) for entry in entries)
