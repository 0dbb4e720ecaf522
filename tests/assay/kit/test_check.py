"""`python check.pyz` says what `assay check` says, without Assay."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import assignments
from assay.check import check as assay_check
from assay.kit.check import needs
from tests.assay.kit.conftest import Build, Run

SELDOM = {"seconds"}


def solution(name: str) -> str:
    return assignments.solutions(assignments.find(name))[0].read_text("utf-8")


def forward(name: str) -> str:
    return assignments.load(name).ops[0].forward


def twice(name: str) -> str:
    """A right solution whose first function returns twice what it should."""
    return (
        f"{solution(name)}\n\n_right = {forward(name)}\n\n\ndef {forward(name)}(*args):\n"
        "    got = _right(*args)\n"
        "    return (2 * got[0], *got[1:]) if isinstance(got, tuple) else 2 * got\n"
    )


def broken(name: str) -> str:
    return f"{solution(name)}\n\n\ndef {forward(name)}(*args):\n    print('here')\n    return 1 / 0\n"


KINDS = {"right": (solution, 0), "wrong": (twice, 1), "broken": (broken, 1)}


def handed_in(folder: Path, name: str, text: str) -> Path:
    path = folder / assignments.load(name).submit
    path.write_text(text, "utf-8")
    return path


def installed(path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capfd.readouterr()
    code = assay_check(path, assignment=name, seed=0, as_json=True)
    return code, json.loads(capfd.readouterr().out)


def alike(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in SELDOM}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("mlp", kind) for kind in KINDS),
        ("batchnorm", "wrong"),
        ("convolution", "broken"),
        ("dropout", "wrong"),
    ],
)
def test_it_finds_what_assay_check_finds_on_the_same_cases(
    name: str, kind: str, kit: Build, run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write, expected = KINDS[kind]
    path = handed_in(tmp_path, name, write(name))
    code, found = installed(path, name, capfd)
    ended = run(kit(name), path.name, "--json")
    assert (ended.returncode, ended.stderr) == (code, "")
    assert code == expected
    assert alike(json.loads(ended.stdout)) == alike(found)


def test_it_works_where_an_old_python_has_an_old_numpy(kit: Build, tmp_path: Path) -> None:
    python = os.environ.get("ASSAY_OLD_PYTHON") or shutil.which("python3.9") or ""
    if (
        not python
        or subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no Python 3.9 with NumPy here; name one in ASSAY_OLD_PYTHON")
    for kind, (write, expected) in KINDS.items():
        path = handed_in(tmp_path, "mlp", write("mlp"))
        ended = subprocess.run(
            [python, "-I", kit("mlp") / "check.pyz", path.name, "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (expected, ""), kind
        assert json.loads(ended.stdout)["full"] is (kind == "right")


def test_the_terminal_is_told_what_the_kit_asks_and_what_it_does_not(
    kit: Build, run: Run, tmp_path: Path
) -> None:
    handed_in(tmp_path, "batchnorm", solution("batchnorm"))
    said = run(kit("batchnorm")).stdout.splitlines()
    assert said[0] == "Batch normalisation: batchnorm.py"
    assert said[-2:] == [
        "20 / 20 points on the public cases; 15 kinds of input are checked only when graded.",
        "The cases are those of this kit, drawn from seed 0: the same each time.",
    ]


def test_one_part_alone(kit: Build, run: Run, tmp_path: Path) -> None:
    path = handed_in(tmp_path, "batchnorm", twice("batchnorm"))
    ended = run(kit("batchnorm"), path.name, "--part", "inference", "--json")
    found = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert [part["name"] for part in found["parts"]] == ["inference"]
    assert found["hidden_kinds"] < 15


def notebook(path: Path, text: str) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": 1}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book))


def test_a_notebook_of_the_name_counts_where_there_is_no_file(kit: Build, run: Run, tmp_path: Path) -> None:
    notebook(tmp_path / "mlp.ipynb", solution("mlp"))
    ended = run(kit("mlp"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("A multi-layer perceptron: mlp.ipynb")


def test_a_notebook_beside_the_starter_is_said_to_be_left_out(kit: Build, run: Run, tmp_path: Path) -> None:
    for name, data in ((file.name, file.read_bytes()) for file in kit("mlp").iterdir()):
        (tmp_path / name).write_bytes(data)
    notebook(tmp_path / "mlp.ipynb", solution("mlp"))
    ended = run(kit("mlp"), "--part", "affine forward")
    assert ended.returncode == 1
    assert "files were left out (mlp.ipynb, README.txt, " in ended.stdout


def test_a_file_that_is_alone_and_cannot_be_read_is_the_trouble(kit: Build, run: Run, tmp_path: Path) -> None:
    (tmp_path / "mlp.py").write_bytes("# é\n".encode("latin-1"))
    said = run(kit("mlp")).stderr
    assert said == "assay: mlp.py is not UTF-8 (line 1), and looks like Latin-1; save it as UTF-8\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.py"], "assay: there is nothing at nowhere.py; name a file or a folder\n"),
        (["."], "assay: there is no Python file; mlp.py was expected\n"),
        ([], " was read as a whole: name your file, or go to the folder that it is in\n"),
        (
            ["--part", "affine forwards"],
            "mlp has no part 'affine forwards'; did you mean 'affine forward'?\n",
        ),
        (["--bogus"], "unrecognized arguments: --bogus\n"),
        (["\x1b[31m.py"], "there is nothing at \\x1b[31m.py; name a file or a folder\n"),
    ],
)
def test_wrong_input_is_told_in_a_sentence(arguments: list[str], sentence: str, kit: Build, run: Run) -> None:
    ended = run(kit("mlp"), *arguments)
    assert ended.returncode == 2
    assert ended.stderr.endswith(sentence)
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_help_that_nobody_reads_is_no_error(kit: Build) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, kit("mlp") / "check.pyz", "--help"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ended = subprocess.run(command, env=buffered, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_without_numpy_it_says_what_to_install(kit: Build) -> None:
    command = [sys.executable, "-I", "-S", kit("mlp") / "check.pyz"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("assay: NumPy is needed; install it: ")


def test_a_package_is_asked_for_where_the_code_imports_it(kit: Build, run: Run, tmp_path: Path) -> None:
    path = handed_in(tmp_path, "descent", solution("descent"))
    assert "torch" not in path.read_text("utf-8")
    assert run(kit("descent"), path.name).returncode == 0
    path.write_text("import torch\n" + path.read_text("utf-8"), "utf-8")
    ended = run(kit("descent"), path.name)
    assert ended.returncode == 2
    assert ended.stderr.startswith("assay: your code imports torch, which is not installed here: ")


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("import torch", True),
        ("import os, torch\n", True),
        ("import torch.nn as nn", True),
        ("import os; import torch", True),
        ("def f():\n    from torch import nn", True),
        ("import torchless, torch_like", False),
        ("x = 1  # as with import torch", False),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", False),
        ("try:\r\n    import torch\r\nexcept ImportError:\r\n    import torch", True),
    ],
)
def test_what_needs_a_package(source: str, needed: bool) -> None:
    assert needs("torch", source) is needed


def test_the_student_s_code_finds_nothing_of_ours_beside_it(kit: Build, run: Run, tmp_path: Path) -> None:
    spy = (
        "import sys\n"
        "for name in ('assay', 'grader', 'grader.wire', 'suites', 'assay.kit.sealed'):\n"
        "    try:\n        __import__(name)\n    except ImportError:\n        continue\n"
        "    print('found', name)\n"
        "print([path for path in (*sys.path, *sys.path_importer_cache, *sys.argv) if 'check.pyz' in path])\n"
    )
    handed_in(tmp_path, "mlp", spy + solution("mlp"))
    assert json.loads(run(kit("mlp"), "--json").stdout)["printed"] == "[]\n"
