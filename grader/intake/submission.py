"""What a student handed in, read once into memory: source text by relative path. Nothing is executed."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.intake.files import Raw, Unreadable, quoted, read_one, read_tree
from grader.intake.slug import slugs

Reader = Callable[[Path], Raw]


@dataclass(frozen=True)
class Submission:
    """One submission.

    name     the file or folder as handed in; untrusted text, as `student` is.
    files    source text by relative path.
    main     the path in `files` of the module that is asked.
    content  sha256 of the files and of the notes: equal content means equal grading, notes included.
    """

    student: str
    name: str
    slug: str
    files: Mapping[str, str]
    main: str
    content: str
    notes: tuple[str, ...] = ()


def _read_python(path: Path) -> Raw:
    return Raw({path.name: read_one(path)})


# A new kind is one entry here: what reads it, by the end of the name.
READERS: dict[str, Reader] = {".py": _read_python}

_NOT_YET = {
    ".zip": "a zip archive",
    ".tar": "a tar archive",
    ".tar.gz": "a tar archive",
    ".tgz": "a tar archive",
    ".ipynb": "a notebook",
}


def kind_of(name: str) -> str | None:
    """The ending by which a file is known to intake, readable today or not; None for any other file."""
    known = (ending for ending in (*READERS, *_NOT_YET) if name.lower().endswith(ending))
    return max(known, key=len, default=None)


def read_submission(path: Path, submit: str) -> Submission:
    """Read a file or a folder as one submission; `submit` is the file name that the assignment asks for."""
    is_folder = path.is_dir() and not path.is_symlink()
    raw, main = _with_main(_without_wrapping(read_tree(path)) if is_folder else _read_file(path), submit)
    student = student_id(path.name, is_folder=is_folder)
    return Submission(
        student=student,
        name=student_id(path.name, is_folder=True),
        slug=slugs([student])[student],
        files={name: _text(name, data) for name, data in raw.files.items()},
        main=main,
        content=_digest(raw, main),
        notes=raw.notes,
    )


def _read_file(path: Path) -> Raw:
    kind = kind_of(path.name)
    if kind in READERS:
        return READERS[kind](path)
    if path.is_symlink():
        raise Unreadable(f"{quoted(path.name)} is a link; hand in the files themselves")
    what = _NOT_YET[kind] if kind else "no Python file"
    raise Unreadable(f"{quoted(path.name)} is {what}: hand in a .py file or a folder")


def student_id(name: str, *, is_folder: bool) -> str:
    """The student's id by the name of what was handed in; bytes that are no UTF-8 are written as escapes."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    kind = None if is_folder else kind_of(text)
    return text[: -len(kind)] if kind and len(text) > len(kind) else text


def _without_wrapping(raw: Raw) -> Raw:
    """Take a lone folder around everything away: `alice/homework1/batchnorm.py` is `batchnorm.py`."""
    files = raw.files
    while files and all("/" in name for name in files) and len({name.split("/")[0] for name in files}) == 1:
        files = {name.split("/", 1)[1]: data for name, data in files.items()}
    return Raw(files, raw.notes)


def _with_main(raw: Raw, submit: str) -> tuple[Raw, str]:
    """Which file is asked. A lone file is taken under the name that the assignment gives it."""
    if submit in raw.files:
        return raw, submit
    if len(raw.files) == 1:
        (data,) = raw.files.values()
        return Raw({submit: data}, raw.notes), submit
    if not raw.files:
        raise Unreadable(f"there is no Python file; {submit} was expected")
    names = sorted(raw.files, key=lambda name: (name.count("/"), name))
    seen = ", ".join(quoted(name) for name in names[:3]) + (", ..." if len(names) > 3 else "")
    raise Unreadable(f"{submit} was expected, and there are {len(names)} other files ({seen})")


def _text(name: str, data: bytes) -> str:
    shown = quoted(PurePosixPath(name).name)
    if b"\0" in data:
        encoding = "; save it as UTF-8" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise Unreadable(f"{shown} holds NUL bytes: it is no Python source{encoding}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"{shown} is not UTF-8 (line {line}); save it as UTF-8") from error


def _digest(raw: Raw, main: str) -> str:
    digest = hashlib.sha256()
    for name in sorted(raw.files):
        _feed(digest, name.encode())
        _feed(digest, raw.files[name])
    for text in (main, *raw.notes):
        _feed(digest, text.encode())
    return digest.hexdigest()


def _feed(digest: "hashlib._Hash", data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "big"))  # so that no two lists of parts read the same
    digest.update(data)
