"""Kits of bundled assignments, built once, and a Python that has NumPy and nothing of ours."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import assignments
from assay.kit.release import release

Build = Callable[[str], Path]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

_STAGE = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
)


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The folder of an assignment's kit; nobody changes it."""
    built: dict[str, Path] = {}

    def build(name: str) -> Path:
        if name not in built:
            built[name] = tmp_path_factory.mktemp("kits") / name
            list(release(str(assignments.find(name)), built[name]))
        return built[name]

    return build


@pytest.fixture(scope="session")
def numpy_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which NumPy can be imported, and nothing else."""
    folder = tmp_path_factory.mktemp("numpy")
    files = importlib.metadata.files("numpy") or ()
    tops = {file.parts[0] for file in files} - {".."}
    for top in tops:
        (folder / top).symlink_to(importlib.metadata.distribution("numpy").locate_file(top))
    return folder


@pytest.fixture
def run(numpy_alone: Path, tmp_path: Path) -> Run:
    """Run a `check.pyz` where a module is the standard library's, NumPy's, or in the archive.

    On no terminal of any width.
    """

    def command(kit: Path, *arguments: object, folder: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        stage = [sys.executable, "-I", "-S", "-c", _STAGE, numpy_alone, kit / "check.pyz"]
        dirty = ("PYTHONPATH", "COLUMNS")
        clean = {name: value for name, value in os.environ.items() if name not in dirty}
        line = list(map(str, (*stage, *arguments)))
        return subprocess.run(line, cwd=folder, env=clean, capture_output=True, text=True, check=False)

    return command
