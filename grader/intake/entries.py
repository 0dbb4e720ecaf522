"""What lies in the folder of a class, and which of it may be somebody's submission."""

import os
from pathlib import Path

from grader.intake.chosen import kind_of, notebook_named
from grader.intake.files import is_ignored


def visible(folder: Path, run: Path | None = None) -> list[Path]:
    """What is in the folder, in the order of the names; a run that is kept there is nobody's work."""
    kept = os.path.realpath(run) if run is not None else None
    entries = sorted(entry for entry in folder.iterdir() if not is_ignored(entry.name))
    return [entry for entry in entries if kept is None or os.path.realpath(entry) != kept]


def is_handed_in(entry: Path) -> bool:
    """Whether it is a folder, or a file of a kind that students hand in."""
    return kind_of(entry.name) is not None or entry.is_dir()


def is_one(folder: Path, submit: str) -> bool:
    """Whether a folder is one submission: it holds the file that is asked, or the notebook of that name."""
    return any(holds(folder, name) for name in (submit, notebook_named(submit)))


def holds(folder: Path, name: str) -> bool:
    """Whether a file of this name is in the folder; no where nobody may look into it."""
    return os.path.isfile(folder / name)
