"""Assay as people have it: the wheel in a virtual environment of its own, where no checkout is found."""

import subprocess
import sys
from pathlib import Path

from .canaries import reachable_python, site_packages

ROOT = Path(__file__).parents[2]


def install(folder: Path) -> Path:
    """Build the wheel, install it under `folder` and give the command `assay` there.

    Its dependencies are those of this environment: they are found by path, and are not installed again.
    """
    built, home = folder / "wheel", folder / "venv"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    _run(*pip, "wheel", *offline, "--wheel-dir", str(built), str(ROOT))
    (wheel,) = built.glob("assay-*.whl")
    _run(reachable_python(), "-m", "venv", "--without-pip", str(home))
    _run(*pip, "--python", str(home / "bin/python"), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{site_packages()}\n")
    return home / "bin/assay"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
