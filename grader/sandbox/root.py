"""Which files a sandbox may see: the interpreter's library and the listed distributions, nothing else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.metadata import Distribution

DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

# Directories that belong to the system's package manager and hold libraries as such. Elsewhere (a home, a
# prefix, /usr/local) only the very files that are mapped are shown.
_SYSTEM_LIBRARIES: Final = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
_THIRD_PARTY: Final = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Tree:
    """A file or directory that may be read, but for the `without` below it."""

    path: str
    without: tuple[str, ...] = ()

    def parts(self) -> Iterator[str]:
        """The same as paths without holes: itself, or what is in it beside the holes."""
        if not any(_within(hole, self.path) for hole in self.without):
            yield self.path
            return
        for name in sorted(os.listdir(self.path)):
            path = os.path.join(self.path, name)
            if path not in self.without:
                yield from Tree(path, self.without).parts()


@dataclass(frozen=True)
class Distributions:
    """Where the listed distributions lie: `paths` to show, `search` to import them from."""

    paths: tuple[str, ...]
    search: tuple[str, ...]


def distributions(names: Iterable[str]) -> Distributions:
    """Top-level files of distributions and of what they require; OSError where one is missing."""
    paths: dict[str, None] = {}
    search: dict[str, None] = {}
    for distribution in _with_requirements(tuple(names)):
        base = str(distribution.locate_file(""))
        for top in sorted(_tops(distribution)):
            path = os.path.join(os.path.realpath(base), top)
            if os.path.exists(path):
                paths[path] = None
        search[os.path.realpath(base)] = None
    return Distributions(tuple(paths), tuple(search))


def _tops(distribution: Distribution) -> set[str]:
    """The files and folders beside others' that it has installed."""
    import csv  # not for a zygote, which is told where they lie

    record = distribution.read_text("RECORD")
    if record is None:
        installed = [str(file) for file in distribution.files or ()]
    else:  # read here: `files` makes a path of each of thousands, which takes ten times as long
        installed = [row[0] for row in csv.reader(record.splitlines()) if row]
    tops = {path.split("/", 1)[0] for path in installed} - {"..", "__pycache__", ""}
    return {top for top in tops if not top.endswith(".pth")}


def interpreter() -> tuple[Tree, ...]:
    """What the running interpreter, started with -I -S, imports from, and the libraries it has mapped."""
    trees = [Tree(path, _third_party(path)) for path in sys.path if os.path.isdir(path)]
    trees = [
        tree for tree in trees if not any(_within(tree.path, o.path) and tree != o for o in trees)
    ]  # lib-dynload lies in the standard library
    for library in mapped_libraries():
        if any(_within(library, tree.path) for tree in trees):
            continue
        folder = os.path.dirname(library)
        if any(_within(folder, system) for system in _SYSTEM_LIBRARIES):
            holes = tuple(
                hole
                for name in sorted(os.listdir(folder))
                if name.startswith("python")
                for hole in _third_party(os.path.join(folder, name))
            )
            trees.append(Tree(folder, holes))
        else:
            trees.append(Tree(library))
    return tuple(dict.fromkeys(trees))


def mapped_libraries() -> tuple[str, ...]:
    """Shared libraries in the memory of this process."""
    found: dict[str, None] = {}
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            path = line.rstrip("\n").split(None, 5)[5:]
            if path and re.search(r"\.so(\.[\d.]+)?$", path[0]):
                found[path[0]] = None
    return tuple(found)


def _third_party(folder: str) -> tuple[str, ...]:
    return tuple(p for p in (os.path.join(folder, name) for name in _THIRD_PARTY) if os.path.isdir(p))


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _with_requirements(names: tuple[str, ...]) -> list[Distribution]:
    """The named distributions and, all the way down, those of their requirements that are installed."""
    import importlib.metadata  # not for a zygote, which is told where they lie

    found: dict[str, Distribution] = {}
    waiting = [(name, True) for name in names]
    while waiting:
        name, listed = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            if listed:
                raise OSError(
                    f"the assignment lists the package {name!r}, which is not installed: install it"
                ) from None
            continue  # an optional requirement, or one for another platform
        found[key] = distribution
        for requirement in distribution.requires or ():
            match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
            if match and "extra ==" not in requirement:
                waiting.append((match.group(), False))
    return list(found.values())
