"""What is asked: one folder an assignment.

    assignment.py   the declaration: operations, regimes, parts, points (suites/assignment.py)
    variants.py     the misconceptions and conventions that are named
    oracle.py       where `reference/` has none
    handout.md      what students read; its tables are generated (`python -m assignments refresh NAME`)
    starter/        what students start from
    solutions/      right ones in several styles, for `validate`

A folder is loaded as a package under a private name, so `from . import variants` works in it and two
assignments never meet, be they bundled or an instructor's own.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from suites import Assignment, AuthoringError
from suites.blame import innermost
from suites.declared import refuse_contradictions

HERE = Path(__file__).resolve().parent
DECLARATION = "assignment.py"
LOADED = "_assay_assignment_"  # what the packages of loaded assignments are called


def bundled() -> list[tuple[str, Path]]:
    """Return (name, folder) of each assignment that comes with Assay, by name."""
    return [(file.parent.name, file.parent) for file in sorted(HERE.glob(f"*/{DECLARATION}"))]


def find(name_or_path: str | Path) -> Path:
    """Return the folder of an assignment: a folder on disk, or else the name of a bundled one."""
    path = Path(name_or_path)
    folder = path.parent if path.name == DECLARATION else path
    if (folder / DECLARATION).is_file():
        return folder.resolve()
    names = dict(bundled())
    if str(name_or_path) in names:
        return names[str(name_or_path)]
    close = get_close_matches(path.name.lower(), names, 1)
    if close and not path.exists():
        raise AuthoringError(f"there is no assignment {path}; did you mean {close[0]}?")
    what = f"the folder {path} has no {DECLARATION}" if path.is_dir() else f"there is no assignment {path}"
    raise AuthoringError(f"{what}; name a folder that has one, or a bundled one of: {', '.join(names)}")


def load(name_or_path: str | Path) -> Assignment:
    """Return the assignment that the folder declares; an edited folder is loaded afresh."""
    folder = find(name_or_path)
    name = _package_name(folder)
    if f"{name}.assignment" not in sys.modules:
        _import(name, folder)
    assignment = getattr(sys.modules[f"{name}.assignment"], "assignment", None)
    if not isinstance(assignment, Assignment):
        raise AuthoringError(
            f"{folder / DECLARATION} declares no `assignment`; add assignment = Assignment(...)"
        )
    return assignment


def solutions(folder: Path) -> list[Path]:
    """The right files of an assignment that run here: none that imports what is not there, such as PyTorch.

    Only imports at a line's beginning are looked for, as solutions have them.
    """
    return [file for file in sorted((folder / "solutions").glob("*.py")) if not _lacking(file)]


def _lacking(file: Path) -> set[str]:
    """The top-level modules that a file imports and that are not there."""
    named = re.findall(r"^(?:import|from) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {name for name in named if find_spec(name) is None}


def content_hash(name_or_path: str | Path) -> str:
    """SHA-256 over the files that define an assignment: its Python files and its handout.

    What only accompanies them (starter, solutions, an example class) doesn't count.
    """
    folder = find(name_or_path)
    digest = hashlib.sha256()
    for file in sorted([*folder.glob("*.py"), *folder.glob("handout.md")]):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def homes(kinds: Iterable[type]) -> set[Path]:
    """The folders of the loaded assignments that declare these types: to load where their objects go."""
    packages = {kind.__module__.partition(".")[0] for kind in kinds}
    return {Path(sys.modules[name].__path__[0]) for name in packages if name.startswith(LOADED)}


def _package_name(folder: Path) -> str:
    """A name that no other folder and no other version of this one has."""
    key = os.fsencode(folder) + f"\n{content_hash(folder)}".encode()
    return f"{LOADED}{hashlib.sha256(key).hexdigest()[:16]}"


def _import(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    try:
        declaration = importlib.import_module(f"{name}.assignment")
        if isinstance(declared := getattr(declaration, "assignment", None), Assignment):
            refuse_contradictions(declared)
    except AuthoringError as error:
        _forget(name)
        raise AuthoringError(f"{_place(error, folder)}: {error}") from error
    except Exception as error:
        _forget(name)
        where = _place(error, folder)
        raise AuthoringError(
            f"{where} cannot be imported, {type(error).__name__}: {error}; mend it and try again"
        ) from error


def _place(error: Exception, folder: Path) -> str:
    """The author's line that an import came to grief on; the declaration where there is none."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frame = innermost(error, {folder})
    return f"{frame.filename}:{frame.lineno}" if frame else str(folder / DECLARATION)


def _forget(name: str) -> None:
    for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[module]
