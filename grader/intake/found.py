"""Who handed in: the submissions in what the instructor points at."""

from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.files import is_ignored
from grader.intake.slug import slugs
from grader.intake.submission import Submission, kind_of, read_submission, student_id


@dataclass(frozen=True)
class Found:
    """One student's submission, not read yet. `student` and `name` are untrusted text."""

    student: str
    name: str
    slug: str
    path: Path

    def read(self, submit: str) -> Submission:
        """Read it; raises Unreadable with one sentence."""
        return replace(read_submission(self.path, submit), student=self.student, slug=self.slug)


def discover(path: Path, submit: str) -> list[Found]:
    """The submissions at `path`, in the order of their names.

    A file is one submission, and so is a folder that itself holds `submit`. In any other folder each file of
    a known kind and each folder is a student's. Links and the like are found, and refused when they are read,
    so that nobody is passed over in silence.
    """
    if not path.is_dir():
        return _named([path])
    folder = path.resolve()  # the instructor's own link, or "."
    if (folder / submit).is_file():
        return _named([folder])
    return _named([entry for entry in _visible(folder) if _is_handed_in(entry)])


def left_out(path: Path, submit: str) -> list[str]:
    """The names in a class's folder that `discover` takes for nobody's submission."""
    if not path.is_dir() or (path / submit).is_file():
        return []
    return [student_id(entry.name, is_folder=True) for entry in _visible(path) if not _is_handed_in(entry)]


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not is_ignored(entry.name))


def _is_handed_in(entry: Path) -> bool:
    return kind_of(entry.name) is not None or entry.is_dir()


def _named(paths: list[Path]) -> list[Found]:
    students: dict[str, Path] = {}
    for path in sorted(paths, key=lambda entry: not entry.is_dir()):  # folders come first to their names
        student = student_id(path.name, is_folder=path.is_dir())
        if student in students:
            student = student_id(path.name, is_folder=True)
        while student in students:  # names that only escaping made equal
            student += "~"
        students[student] = path
    slug = slugs(students)
    return [
        Found(student, student_id(entry.name, is_folder=True), slug[student], entry)
        for student, entry in sorted(students.items())
    ]
