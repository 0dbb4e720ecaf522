"""What a source shows: notes for the instructor, and only what is there."""

import pytest

from grader.remarks import LARGEST, MOST, remarks, trees


def of(files: dict[str, str], packages: tuple[str, ...] = ()) -> tuple[str, ...]:
    return remarks(files, trees(files), packages)


def told(source: str, packages: tuple[str, ...] = ("numpy",)) -> list[str]:
    return [remark.partition(" (layer.py")[0] for remark in of({"layer.py": source}, packages)]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import torch", "imports torch, which finds gradients by itself"),
        ("def f(x):\n  from jax import grad", "imports jax, which finds gradients by itself"),
        ("import ctypes, numpy", "imports ctypes"),
        ("import os.path as p", "imports os"),
        ("from subprocess import run", "imports subprocess"),
        ("x = __import__('o' + 's')", "calls __import__"),
        ("exec('1')", "calls exec"),
        ("import sys; sys._getframe(1)", "looks at its callers"),
        ("import \N{MATHEMATICAL SANS-SERIF SMALL O}s", "imports os"),  # to Python it is an o
    ],
)
def test_what_reaches_out_is_named(source: str, what: str) -> None:
    assert told(source) == [what]


def test_reads_of_the_environment_are_named() -> None:
    for source in ("import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ"):
        assert told(source) == ["imports os", "reads the environment"]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nimport math, itertools",
        "from .torch import helper",  # a file of their own
        "# import os\nx = 'exec(1)'",
        "model.eval()",
        "def f(torch): return torch.environ",
    ],
)
def test_plain_code_gets_none(source: str) -> None:
    assert told(source) == []


def test_an_assignment_that_offers_a_library_says_nothing_of_it() -> None:
    assert told("import torch", ("numpy", "torch")) == []


def test_each_is_told_once_with_its_line() -> None:
    files = {"a.py": "x = 1\nimport os\nimport os", "b.py": "import os\nimport ctypes"}
    assert of(files) == ("imports os (a.py, line 2)", "imports ctypes (b.py, line 2)")


def test_there_are_never_many() -> None:
    source = (
        "import os, gc, ctypes, socket, signal, inspect, importlib, builtins, subprocess, multiprocessing"
    )
    found = of({"a.py": source})
    assert len(found) == MOST + 1
    assert found[-1] == "2 more of the kind"


def test_all_files_together_are_bounded() -> None:
    files = {f"{number}.py": "import os\n" * 500 for number in range(14)}
    assert trees(files) == {}
    files.popitem()
    assert len(trees(files)) == 13


@pytest.mark.parametrize(
    "source",
    [
        "import os\n(",
        "import os\n\0",
        "import os\nx = " + "(" * 60_000,
        "import os\nx = " + "-" * 60_000 + "1",
        "import os\nx = 1" + " + 1" * 15_000,
        "import os\nx" + "()" * 30_000,
        "import os #" + "x" * LARGEST,
    ],
    ids=range(7),
)
def test_what_cannot_be_parsed_within_bounds_is_left_out(source: str) -> None:
    assert trees({"a.py": source}) == {}
