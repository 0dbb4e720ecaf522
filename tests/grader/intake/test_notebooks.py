"""Notebooks: what script is made of one, what is said of it, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.intake import Submission, Unreadable, read_submission
from grader.intake.magics import plain
from grader.intake.undefined import undefined

from .packing import notebook, zipped

SUBMIT = "layer.py"
FORWARD = "def forward(x):\n    return x"


def read(tmp_path: Path, data: bytes) -> Submission:
    (tmp_path / "a.ipynb").write_bytes(data)
    return read_submission(tmp_path / "a.ipynb", SUBMIT)


def refusal(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path, data)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) <= 300
    return message


# --------------------------------------------------------------------------- the script


@pytest.mark.parametrize("version", [3, 4])
def test_code_cells_are_one_script_in_order(tmp_path: Path, version: int) -> None:
    cells: list[str | list[str]] = ["import numpy as np", ["def forward(x):\n", "    return np.abs(x)"], ""]
    submission = read(tmp_path, notebook(*cells, version=version))
    assert submission.files[SUBMIT] == (
        "# --- cell 1\nimport numpy as np\n"
        "# --- cell 2\ndef forward(x):\n    return np.abs(x)\n"
        "# --- cell 3\n\n"
    )
    assert submission.notes == ("notebook: 3 code cells run as a script in a clean process",)
    assert (submission.student, submission.main) == ("a", SUBMIT)


def test_outputs_and_metadata_do_not_count(tmp_path: Path) -> None:
    plain_one = json.loads(notebook(FORWARD))
    rich = json.loads(notebook(FORWARD))
    rich["metadata"] = {"kernelspec": {"x": ["y"] * 1000}}
    rich["cells"][1]["outputs"] = [
        {"data": {"text/html": "<script>1</script>"}, "n": float("nan"), "i": 10**50}
    ]
    rich["cells"][0]["attachments"] = {"a.png": {"image/png": "A" * 100_000}}
    one, other = (read(tmp_path, json.dumps(each).encode()) for each in (plain_one, rich))
    assert one.content == other.content


def test_a_notebook_goes_with_the_modules_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "bob"
    folder.mkdir()
    (folder / "layer.ipynb").write_bytes(notebook("from helper import f", FORWARD))
    (folder / "other.ipynb").write_bytes(b"not looked at")
    (folder / "helper.py").write_bytes(b"f = 1\n")
    submission = read_submission(folder, SUBMIT)
    assert sorted(submission.files) == ["helper.py", SUBMIT]
    assert submission.notes[0].startswith("1 file was left out (other.ipynb)")
    (folder / SUBMIT).write_bytes(b"x = 1\n")
    assert read_submission(folder, SUBMIT).files[SUBMIT] == "x = 1\n"
    (tmp_path / "c.zip").write_bytes(zipped({"c/one.ipynb": notebook(FORWARD), "c/two.py": b""}))
    with pytest.raises(Unreadable, match=r"2 other files \(one.ipynb, two.py\); rename yours"):
        read_submission(tmp_path / "c.zip", SUBMIT)


# --------------------------------------------------------------------------- IPython's commands


@pytest.mark.parametrize(
    ("source", "text", "dropped"),
    [
        ("%matplotlib inline\nx = 1", "# %matplotlib inline\nx = 1", 1),
        ("!pip install a\n!!ls\n", "# !pip install a\n# !!ls\n", 2),
        ("?np\nnp.abs??\nx.y?  ;\n", "# ?np\n# np.abs??\n# x.y?  ;\n", 3),
        ("if x:\n    %load_ext a\n", "if x:\n    pass  # %load_ext a\n", 1),
        ("!ls \\\n  -l\nx = 1", "# !ls \\\n#   -l\nx = 1", 1),
        ("get_ipython().system('ls')\n", "# get_ipython().system('ls')\n", 1),
        ("files = !ls", "files = []  # !ls", 1),
        ("x = %env HOME\ny = 1", "x = None  # %env HOME\ny = 1", 1),
        ("x = %time f(1)\n", "x = f(1)\n", 0),
        ("%time x = f(1)\n", "x = f(1)\n", 0),
        ("%timeit f(1)\n", "# %timeit f(1)\n", 1),
        ("%%time\nx = 1\n%cd a\n", "# %%time\nx = 1\n# %cd a\n", 2),
        ("%%capture out\nx = 1", "# %%capture out\nx = 1", 1),
        ("%%bash\nls\n\necho", "# %%bash\n# ls\n\n# echo", 1),
        ("\n%%html\n<b>", "\n# %%html\n# <b>", 1),
        ("%%unheard_of\nx = 1", "# %%unheard_of\n# x = 1", 1),
        ("  x = 1\n  y = 2", "x = 1\ny = 2", 0),
    ],
)
def test_commands_become_comments_in_their_lines(source: str, text: str, dropped: int) -> None:
    cell = plain(source)
    assert (cell.text, len(cell.dropped)) == (text, dropped)


@pytest.mark.parametrize(
    "source",
    [
        "x = (10\n% 3)\n",
        "x = '''\n!important\n%d\n'''\n",
        'def f():\n    """Doc.\n\n    %matplotlib\n    """\n',
        "x = 10 \\\n% 3\n",
        "x = a % b\nassert x != 3\nx %= 2\n",
        "print('%d' % 3, 'why?')\n# really?\n",
        "d = {\n'a':\n!r\n}",
        "x = 'it''s' '\\''\n# it's\ny = 1\n",
        "s = 'unterminated\nx = 1\n",
        "x = [1,\n",
        "",
    ],
)
def test_what_is_no_command_stays(source: str) -> None:
    assert plain(source).text == source


def test_what_is_left_out_is_told_with_the_first(tmp_path: Path) -> None:
    data = notebook("import numpy", "x = 1\n%matplotlib inline\n!ls", "a = get_ipython()\n")
    assert read(tmp_path, data).notes[1:] == (
        "notebook: 2 IPython commands were left out, the first in cell 2: %matplotlib inline",
        "notebook: cell 3 uses get_ipython, which a clean process does not have",
    )


# --------------------------------------------------------------------------- names that no cell defines


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def forward(x):\n    return x @ W\n", ["W"]),
        ("W = 1\ndef forward(x):\n    return x @ W\n", []),
        ("def forward(x):\n    return x @ W\nW = 1\n", []),
        ("def f():\n    global W\n    W = 1\ndef g():\n    return W\n", []),
        ("def f():\n    global W\n    return W\n", ["W"]),
        (
            "import numpy as np\nfrom a import b\ndef f(x):\n    return np, b, len(x), __name__, __file__\n",
            [],
        ),
        ("from numpy import *\ndef f():\n    return zeros(W)\n", []),
        ("exec('W = 1')\ndef f():\n    return W\n", []),
        ("class Net:\n    a = 1\n    def forward(self):\n        return [np.a for _ in W]\n", ["np", "W"]),
        ("def f():\n    def g():\n        return y, W\n    y = 1\n    return g\n", ["W"]),
        ("f = lambda x: x + W\n", ["W"]),
        ("x = [W for _ in y]\n", []),
        ("def f(:\n", []),
        ("def f():\n    return a, b, c, d, e\n", ["a", "b", "c"]),
        ("def f():\n    return '\\d', W\n", ["W"]),
        ("def f():\n    try:\n        pass\n    except E as e:\n        return e\n", ["E"]),
    ],
)
def test_names_that_no_cell_defines_are_told(source: str, names: list[str]) -> None:
    told = [note.split("`")[1] for note in undefined(source) if note.startswith("`")]
    assert sorted(told) == sorted(names)


def test_the_function_that_needs_a_name_is_told(tmp_path: Path) -> None:
    says = "`W` is used in `Net.forward` but no cell defines it"
    assert says in read(tmp_path, notebook("class Net:\n    def forward(self): return W")).notes
    assert undefined("def f():\n    return a, b, c, d, e\n")[3:] == (
        "2 more names are used in functions but no cell defines them",
    )


@pytest.mark.parametrize("part", ["-", "(", "lambda:", "a.", "x if x else ", "not ", "[", "a+", "f'{", "x="])
def test_deep_source_ends_no_process(part: str) -> None:
    """The compiler's own limits are trusted: here they are seen to hold."""
    program = (
        "from grader.intake.undefined import *; print(undefined(__import__('sys').argv[1] * 20_000 + 'x'))"
    )
    done = subprocess.run([sys.executable, "-c", program, part], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "()\n", "")


# --------------------------------------------------------------------------- refused


def changed(**more: Any) -> bytes:
    return json.dumps({**json.loads(notebook(FORWARD)), **more}).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a.ipynb is no notebook that can be read (line 1 is no JSON); save it again"),
        (b'{\n"a": }', "(line 2 is no JSON)"),
        (b"[]", "a.ipynb is no notebook; save it from Jupyter as format 4"),
        (b'{"nbformat": true}', "a.ipynb is no notebook; save it from"),
        (changed(nbformat=2), "a.ipynb has the notebook format 2; save it from Jupyter as format 4"),
        (changed(nbformat=10**40), "a.ipynb is no notebook; save"),
        (changed(cells={}), "a.ipynb is no notebook: it has no list of cells; save it again from Jupyter"),
        (changed(nbformat=3), "it has no list of worksheets"),
        (changed(nbformat=3, worksheets=[1]), "it has no list of cells"),
        (changed(cells=[]), "a.ipynb has no code cells; hand in the notebook with your code"),
        (changed(cells=[1]), "a.ipynb is damaged: its cell 1, of any kind, has no source"),
        (changed(cells=[{"cell_type": "code"}]), "its cell 1, of any kind, has no source"),
        (changed(cells=[{"cell_type": "code", "source": ["x", 1]}]), "has no source"),
        (changed(cells=[{"cell_type": "raw"}] * 5001), "a.ipynb has more than 5000 cells"),
        (notebook(FORWARD)[:-1] + b', "cells": []}', "(one of its keys is there twice)"),
        (b"[" * 100_000, "a.ipynb is nested more than 60 deep; clear its outputs and save it again"),
        (b"[" + b"0," * 1_000_001, "a.ipynb holds more than 1,000,000 values; clear its outputs"),
        (notebook("x = '\ud800'"), "a.ipynb holds characters that no source text has; remove them"),
        (notebook("x = '\0'"), "a.ipynb holds characters that no source text has"),
        (notebook("#" * (1 << 20)), "the code cells of a.ipynb are larger than 1 MiB; hand in code alone"),
        (notebook(FORWARD).decode().encode("utf-16"), "a.ipynb is UTF-16; save it as UTF-8"),
        (b'{"a": "\xe9"}', "a.ipynb is not UTF-8 (line 1), and looks like Latin-1; save it as UTF-8"),
        (b'"' + b"x" * (16 << 20), "a.ipynb is larger than 16 MiB"),
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(tmp_path, data)


@pytest.mark.parametrize("part", [b'"\\"', b"\\", b'"', b'"\\', b"{", b'{"a":', b"1", b"-"])
def test_a_hostile_file_is_refused_in_no_time(tmp_path: Path, part: bytes) -> None:
    refusal(tmp_path, part * ((8 << 20) // len(part)))


PARTS = [" ", "?", "? ", "a ", "a=", "%", "!\\\n", "'", "'''", "(", "%time ", "\n ", "\r", "a.b?;"]


@pytest.mark.parametrize("part", PARTS)
def test_a_hostile_cell_is_read_in_no_time(tmp_path: Path, part: str) -> None:
    cell = part * (900_000 // len(part))
    try:
        read(tmp_path, notebook(cell, cell[:40_000] + "="))
    except Unreadable as refused:
        assert "larger than 1 MiB" in str(refused)  # noqa: PT017 - comments make some grow past the limit
