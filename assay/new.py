"""The command `assay new`: the folder of an assignment, small and already proved, to be changed."""

import keyword
import os
import re
import shutil
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

import assignments
from assay.errors import AssayError
from suites.handout import refresh

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ENDING = ".txt"  # of a template: it is no code of ours


def make(name: str, folder: Path) -> Iterator[str]:
    """Make the folder and say what is in it. AssayError for a bad name, or a folder that is there."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise AssayError(
            f"{name!r} is no name for an assignment; use small letters, digits and underscores (layernorm)"
        )
    if (module := find_spec(name)) is not None and module.origin is not None:  # a folder here is no module
        raise AssayError(
            f"{name!r} is a module of Python's or of a package: {name}.py would import itself in its place;"
            f" use another name (my_{name})"
        )
    if os.path.lexists(folder):
        raise AssayError(f"{folder} is there already; name another folder with --out")
    for parent in folder.parents:
        if os.path.lexists(parent) and not parent.is_dir():
            raise AssayError(f"{parent} is a file, and no folder to make {folder.name} in")
    try:
        _write(name, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # half of it would be refused the next time
        raise
    return _told(folder)


def _write(name: str, folder: Path) -> None:
    words = {"{{name}}": name, "{{title}}": name.replace("_", " ").capitalize()}
    for path, template in _templates(resources.files("assay") / "templates" / "assignment"):
        text = template.read_text(encoding="utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        target = folder / path.removesuffix(ENDING).replace("submit", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    handout = folder / "handout.md"
    text = handout.read_text(encoding="utf-8")
    handout.write_text(refresh(text, assignments.load(folder)), encoding="utf-8")


def _templates(folder: Traversable, inside: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, f"{inside}{entry.name}/")
        elif entry.name.endswith(ENDING):
            yield inside + entry.name, entry


def _told(folder: Path) -> Iterator[str]:
    yield f"Made {folder}:"
    yield from (f"  {f.relative_to(folder)}" for f in sorted(folder.rglob("*")) if f.suffix in (".py", ".md"))
    yield f"Prove it with: assay validate {folder}"
