"""Which of the files that a folder or an archive holds are the submission, and what of them is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.intake.archives import ARCHIVES, hold_archive
from grader.intake.files import (
    ARCHIVE_BYTES,
    FILE_BYTES,
    FILES,
    NOTEBOOK_BYTES,
    TOTAL_BYTES,
    Held,
    Raw,
    Read,
    Unreadable,
    quoted,
)
from grader.intake.notebooks import read_notebook

PYTHON, NOTEBOOK = ".py", ".ipynb"

_NO_WORK = frozenset({"starter", "test", "tests"})  # folders of files that bear the name of the work
_KINDS = (PYTHON, NOTEBOOK, *ARCHIVES)


def kind_of(name: str) -> str | None:
    """The ending by which a file is known to intake; None for any other file."""
    known = (ending for ending in _KINDS if name.lower().endswith(ending))
    return max(known, key=len, default=None)


def notebook_named(submit: str) -> str:
    """The name of a notebook that is handed in for the file `submit`."""
    return str(PurePosixPath(submit).with_suffix(NOTEBOOK))


def choose(held: Held, submit: str, *, is_archive: bool = False) -> Raw:
    """Read what counts, the file that is asked under the name `submit`; raises Unreadable.

    The file of that name counts, else the notebook of that name, else a file or notebook that is alone, else
    what of these lies in the one folder that has it, else an archive that is alone. Nothing is guessed
    between two.
    """
    kinds = _Kinds.of(held.readers)
    links = tuple(f"{quoted(name)} was left out: links are not followed" for name in held.links)
    notebook = kinds.notebook_for(submit)
    if len(kinds.python) > FILES:
        raise Unreadable(f"there are more than {FILES} .py files; hand in your own alone")
    if submit in kinds.python or (len(kinds.python) == 1 and not kinds.notebooks):
        raw = _python(kinds, submit)
    elif notebook is not None:
        raw = _notebook(kinds, notebook, submit)
    elif inner := kinds.folder_with(submit):
        return _inner(held, kinds.around + inner, submit, is_archive)
    elif len(kinds.archives) == 1 and not kinds.python and not kinds.notebooks and not is_archive:
        raw = _archive(kinds, submit)
    else:
        raise _unclear(kinds, submit)
    return replace(raw, notes=(*links, *raw.notes))


@dataclass(frozen=True)
class _Kinds:
    """The files by kind and name, without the folders `around` all the work."""

    around: str
    python: dict[str, Read]
    notebooks: dict[str, Read]
    archives: dict[str, Read]
    others: tuple[str, ...]

    @classmethod
    def of(cls, readers: Mapping[str, Read]) -> _Kinds:
        around = _wrapping(readers)
        readers = {name.removeprefix(around): read for name, read in readers.items()}
        kinds = {name: kind_of(name) for name in readers}
        return cls(
            around,
            {name: read for name, read in readers.items() if kinds[name] == PYTHON},
            {name: read for name, read in readers.items() if kinds[name] == NOTEBOOK},
            {name: read for name, read in readers.items() if kinds[name] in ARCHIVES},
            tuple(name for name in readers if kinds[name] is None),
        )

    def notebook_for(self, submit: str) -> str | None:
        if notebook_named(submit) in self.notebooks:
            return notebook_named(submit)
        alone = len(self.notebooks) == 1 and not self.python
        return next(iter(self.notebooks)) if alone else None

    def folder_with(self, submit: str) -> str | None:
        """The one folder that has `submit` or its notebook; one that is around all others like it goes first.

        So `src/` of a repository and the right one of a student's assignments are found. What lies with tests
        or as a starter is nobody's answer. Raises Unreadable where it may be either of two.
        """
        wanted = (submit, notebook_named(submit))
        paths = [PurePosixPath(name) for name in (*self.python, *self.notebooks)]
        folders = {
            path.parts[:-1] for path in paths if path.name in wanted and not _NO_WORK.intersection(path.parts)
        }
        if not folders:
            return None
        first = min(folders, key=lambda folder: (len(folder), folder))
        if any(folder[: len(first)] != first for folder in folders):
            seen = _some(["/".join(folder) for folder in folders])
            raise Unreadable(
                f"{submit} or its notebook is in {len(folders)} folders ({seen}); hand in the one that counts"
            )
        return "".join(f"{part}/" for part in first)


def _wrapping(names: Collection[str]) -> str:
    """The lone folders around the work: `alice/homework1/batchnorm.py` counts as `batchnorm.py`."""
    work = [name for name in names if kind_of(name) in (PYTHON, NOTEBOOK)]
    work = work or [name for name in names if kind_of(name)]
    folders = [PurePosixPath(name).parts[:-1] for name in work]
    depth = 0
    while folders and all(len(folder) > depth and folder[depth] == folders[0][depth] for folder in folders):
        depth += 1
    return "".join(f"{part}/" for part in folders[0][:depth]) if depth else ""


def _python(kinds: _Kinds, submit: str) -> Raw:
    files = _read_all(kinds.python)
    handed_in = {name: kinds.around + name for name in files}
    if submit not in files:  # a lone file is taken under the name that the assignment gives it
        ((name, data),) = files.items()
        files, handed_in = {submit: data}, {submit: handed_in[name]}
    notes = _left_out([*kinds.notebooks, *kinds.archives, *kinds.others])
    return Raw(_named_well(files, submit), handed_in, notes)


def _notebook(kinds: _Kinds, name: str, submit: str) -> Raw:
    script, notes = read_notebook(kinds.notebooks[name](NOTEBOOK_BYTES), quoted(kinds.around + name))
    files = _named_well({**_read_all(kinds.python), submit: script}, submit)
    others = [other for other in kinds.notebooks if other != name]
    handed_in = {file: kinds.around + (name if file == submit else file) for file in files}
    return Raw(files, handed_in, (*_left_out([*others, *kinds.archives, *kinds.others]), *notes))


def _inner(held: Held, folder: str, submit: str, is_archive: bool) -> Raw:
    within = {name: read for name, read in held.readers.items() if name.startswith(folder)}
    raw = choose(Held(within, held.links), submit, is_archive=is_archive)
    note = f"only {quoted(folder)} was taken: what is asked for lies there"
    return replace(raw, notes=(note, *raw.notes))


def _archive(kinds: _Kinds, submit: str) -> Raw:
    ((name, read),) = kinds.archives.items()
    inside = hold_archive(name, kind_of(name) or "", read(ARCHIVE_BYTES))
    raw = choose(inside, submit, is_archive=True)
    handed_in = {file: f"{within} in {kinds.around}{name}" for file, within in raw.handed_in.items()}
    return Raw(raw.files, handed_in, (*_left_out(list(kinds.others)), *raw.notes))


def _read_all(readers: Mapping[str, Read]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = TOTAL_BYTES
    for name, read in readers.items():
        files[name] = read(FILE_BYTES)
        left -= len(files[name])
        if left < 0:
            raise Unreadable(f"the .py files are larger than {TOTAL_BYTES >> 20} MiB together")
    return files


def _named_well(files: dict[str, bytes], submit: str) -> dict[str, bytes]:
    for name in files:
        if name != submit and (not name.isprintable() or "\\" in name):
            raise Unreadable(f"{quoted(name)} has a name with odd characters; rename it")
    return files


def _left_out(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    were = f"{len(names)} files were" if len(names) > 1 else "1 file was"
    return (f"{were} left out ({_some(names)}): only .py files are taken, or one notebook",)


def _unclear(kinds: _Kinds, submit: str) -> Unreadable:
    names = [*kinds.python, *kinds.notebooks] or [*kinds.archives]
    if len(names) > 1:
        seen = _some(names)
        return Unreadable(
            f"{submit} was expected, and there are {len(names)} other files ({seen}); rename yours"
        )
    inside = f"; {quoted(names[0])} was not opened, unpack it" if names else ""
    return Unreadable(f"there is no Python file; {submit} was expected{inside}")


def _some(names: list[str]) -> str:
    """The first three of the names; what may be somebody's work comes first."""
    names = sorted(names, key=lambda name: (kind_of(name) is None, name.count("/"), name))
    return ", ".join(quoted(name, 40) for name in names[:3]) + (", ..." if len(names) > 3 else "")
