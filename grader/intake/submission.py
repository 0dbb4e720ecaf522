"""What a student handed in, read once into memory: source text by relative path. Nothing is executed."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.intake.chosen import choose, kind_of
from grader.intake.files import Held, Raw, Unreadable, hold_tree, quoted, read_one
from grader.intake.slug import slugs
from grader.intake.text import source_text

__all__ = ["Submission", "kind_of", "read_held", "read_submission", "student_id"]


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


def read_submission(path: Path, submit: str) -> Submission:
    """Read a file or a folder as one submission; `submit` is the file name that the assignment asks for."""
    is_folder = path.is_dir() and not path.is_symlink()
    held = hold_tree(path) if is_folder else _hold_file(path)
    student = student_id(path.name, is_folder=is_folder)
    name = student_id(path.name, is_folder=True)
    return read_held(held, submit, student, name, slugs([student])[student])


def read_held(
    held: Held, submit: str, student: str, name: str, slug: str, notes: tuple[str, ...] = ()
) -> Submission:
    """Read what is held as one submission; `notes` are what people should know of how it was come by."""
    raw = choose(held, submit)
    raw, texts = _decoded(replace(raw, notes=(*notes, *raw.notes)), submit)
    return Submission(
        student=student,
        name=name,
        slug=slug,
        files=texts,
        main=submit,
        content=_digest(raw, submit),
        notes=raw.notes,
    )


def _decoded(raw: Raw, main: str) -> tuple[Raw, dict[str, str]]:
    """The texts of the files, and without those that have none: `main` alone must have one."""
    texts: dict[str, str] = {}
    notes: list[str] = []
    refused: list[str] = []
    for name, data in raw.files.items():
        try:
            texts[name], note = source_text(data, quoted(raw.handed_in[name]))
            notes += [note] if note else []
        except Unreadable as error:
            if name == main:
                raise
            refused.append(str(error))
    if refused:
        were = f"{len(refused)} .py files were left out, the first" if len(refused) > 1 else "left out"
        notes.append(f"{were}: {refused[0]}")
    files = {name: raw.files[name] for name in texts}
    return replace(raw, files=files, notes=(*raw.notes, *notes)), texts


def _hold_file(path: Path) -> Held:
    kind = kind_of(path.name)
    if kind is not None:
        return Held({path.name: partial(read_one, path)})
    if path.is_symlink():
        raise Unreadable(f"{quoted(path.name)} is a link; hand in the files themselves")
    raise Unreadable(
        f"{quoted(path.name)} is no Python file: hand in a .py file, a notebook, an archive or a folder"
    )


def student_id(name: str, *, is_folder: bool) -> str:
    """The student's id by the name of what was handed in.

    Bytes that are no UTF-8 are written as escapes. Letters with accents are composed (NFC): where a Mac has
    taken them apart, the name looks the same and is the same student's.
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = unicodedata.normalize("NFC", text)
    kind = None if is_folder else kind_of(text)
    return text[: -len(kind)] if kind and len(text) > len(kind) else text


def _digest(raw: Raw, main: str) -> str:
    digest = hashlib.sha256()
    for name in sorted(raw.files):
        _feed(digest, name.encode())
        _feed(digest, raw.files[name])
    for text in (main, *raw.notes):
        _feed(digest, text.encode())
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "big"))  # so that no two lists of parts read the same
    digest.update(data)
