"""A submission's files as modules, straight from memory."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

HOME = "submission"  # the package in which relative imports of a submission without folders are resolved


class Submission:
    """A submission's files as modules, their own finder and loader: nothing written, no cached bytecode read.

    By shape alone: importlib.abc has base classes, and brings twenty modules that every sandbox would hold.

    It finds a file by its path from the top or from the folder of the main file, after every other finder:
    a student's numpy.py or random.py shadows nothing.
    """

    def __init__(self, files: Mapping[str, str], main: str) -> None:
        self.files = dict(files)
        self.main = main
        folder, slash, _ = main.rpartition("/")
        self.roots = tuple(dict.fromkeys(["", folder + slash]))
        self.module: ModuleType | None = None
        self.names: list[str] = []  # what to take out of sys.modules again

    def load(self) -> None:
        """Run the main file as a module."""
        self._forget_others()
        sys.meta_path.append(self)
        for path, source in self.files.items():
            linecache.cache[path] = (len(source), None, source.splitlines(True), path)
        *folders, file = self.main.split("/")
        stem = file[:-3] if file.endswith(".py") else file
        if folders and all(part.isidentifier() for part in folders):
            package = ".".join(folders)
            importlib.import_module(package)
            stem = f"{package}.{stem}"
        else:
            package = HOME
        module = ModuleType(HOME + "_main" if stem in sys.modules else stem)
        module.__file__ = self.main
        module.__package__ = package
        sys.modules[module.__name__] = module
        self.names.append(module.__name__)
        self.module = module
        exec(compile(self.files[self.main], self.main, "exec", dont_inherit=True), module.__dict__)

    def remove(self) -> None:
        """Take it out again, for a process that goes on (the loopback)."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in self.names:
            sys.modules.pop(name, None)

    def _forget_others(self) -> None:
        for other in [finder for finder in sys.meta_path if isinstance(finder, Submission)]:
            for name in other.names:
                sys.modules.pop(name, None)
            other.names.clear()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The file or folder of that name, if the submission has one."""
        if fullname == HOME:
            return self._spec(fullname, "", package=True)
        parts = fullname.split(".")
        inner = "/".join(parts[1:] if parts[0] == HOME else parts)
        for root in self.roots:
            stem = root + inner
            if f"{stem}/__init__.py" in self.files:
                return self._spec(fullname, f"{stem}/__init__.py", package=True)
            if f"{stem}.py" in self.files:
                return self._spec(fullname, f"{stem}.py", package=False)
            if any(file.startswith(f"{stem}/") for file in self.files):
                return self._spec(fullname, "", package=True)
        return None

    def _spec(self, name: str, path: str, package: bool) -> ModuleSpec:
        spec = ModuleSpec(name, self, origin=path or None, is_package=package)  # type: ignore[arg-type]
        if package:
            spec.submodule_search_locations = [f"<{HOME}>"]  # no folder on the disk: ours is the finder
        self.names.append(name)
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the file; a folder without an __init__.py is an empty package."""
        path = module.__spec__.origin if module.__spec__ else None
        if path:
            module.__file__ = path
            exec(compile(self.files[path], path, "exec", dont_inherit=True), module.__dict__)
