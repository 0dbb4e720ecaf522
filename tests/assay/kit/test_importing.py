"""Where the process that judges imports from, whatever PYTHONPATH says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import assignments
from assay.kit.importing import shut_out_work
from tests.assay.kit.conftest import Build


def hand_in(folder: Path) -> None:
    (folder / "mlp.py").write_bytes(assignments.solutions(assignments.find("mlp"))[0].read_bytes())


def test_python_s_own_places_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = os.path.dirname(os.__file__)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["kit/check.pyz", "", "/other", "kit", library, "/installed"])
    shut_out_work()
    assert sys.path == ["kit/check.pyz", library, "/installed", "/other"]


def test_no_file_of_the_student_s_is_imported_where_it_is_judged(kit: Build, tmp_path: Path) -> None:
    for name in ("argparse.py", "random.py", "numpy.py", "msvcrt.py"):
        (tmp_path / name).write_text("raise SystemExit('mine')\n")
    hand_in(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "random.py").write_text("raise SystemExit('mine')\n")
    ended = subprocess.run(
        [sys.executable, kit("mlp") / "check.pyz", "mlp.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["", os.curdir, str(tmp_path), str(other)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_numpy_is_found_where_pythonpath_says(kit: Build, numpy_alone: Path, tmp_path: Path) -> None:
    hand_in(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-S", kit("mlp") / "check.pyz"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(numpy_alone)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
