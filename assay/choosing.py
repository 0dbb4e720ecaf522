"""Which assignment a submission is for: the bundled one that asks for a file of its name."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePath

import assignments
from assay.errors import AssayError
from grader.intake.files import is_ignored

# Endings of what may be handed in: a name with one of them can say what it is for. Intake judges the rest.
ENDINGS = (".py", ".ipynb", ".zip", ".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class Target:
    """What is checked, against which assignment."""

    path: Path
    folder: Path  # of the assignment
    submit: str  # the file that it asks for


def choose(path: Path, assignment: str | None) -> Target:
    """The submission at `path` and its assignment, which is found by the file's name unless it is named.

    Raises AssayError, with the choices, where there is none or more than one.
    """
    if not os.path.lexists(path):
        raise AssayError(f"there is nothing at {path}; name a file or a folder")
    folder = assignments.find(assignment) if assignment is not None else _matching(path)
    return Target(path.resolve(), folder, assignments.load(folder).submit)


def _matching(path: Path) -> Path:
    stems = frozenset(_stems(path if path.name else path.resolve()))
    if not stems:
        nothing = f"there is no Python file, notebook or archive in {path}"
        raise AssayError(f"{nothing}; name your file or the folder that it is in")
    matches = {
        name: folder
        for name, folder in assignments.bundled()
        if _may_ask_for(folder, stems) and PurePath(assignments.load(folder).submit).stem in stems
    }
    if len(matches) == 1:
        return next(iter(matches.values()))
    if matches:
        raise AssayError(f"{path} holds work for {' and '.join(matches)}; name one with --assignment")
    asked = {name: assignments.load(folder).submit for name, folder in assignments.bundled()}
    meant = [close for stem in sorted(stems) for close in get_close_matches(f"{stem}.py", asked.values(), 1)]
    unclear = f"it is not clear which assignment {path} is for"
    if meant:
        raise AssayError(f"{unclear}: did you mean {meant[0]}? Rename it, or name one with --assignment")
    choices = ", ".join(f"{name} ({submit})" for name, submit in asked.items())
    raise AssayError(f"{unclear}; name it with --assignment, one of: {choices}")


def _may_ask_for(folder: Path, stems: Iterable[str]) -> bool:
    """Whether one of the names stands in the declaration at all: loading every assignment would take long."""
    declaration = (folder / assignments.DECLARATION).read_text(encoding="utf-8")
    return any(stem in declaration for stem in stems)


def _stems(path: Path) -> Iterable[str]:
    """Names without endings of the files that are handed in; a lone folder around them does not count."""
    if not path.is_dir():
        return [_stem(path.name)]
    entries = [entry for entry in path.iterdir() if not is_ignored(entry.name)]
    files = [_stem(entry.name) for entry in entries if entry.name.endswith(ENDINGS) and entry.is_file()]
    folders = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    return files if files or len(folders) != 1 else _stems(folders[0])


def _stem(name: str) -> str:
    ending = max((ending for ending in ENDINGS if name.endswith(ending)), key=len, default="")
    return name.removesuffix(ending)
