"""The code in a kit: enough of it, nothing written for an assignment, all of it for Python 3.9."""

import ast
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from assay.kit import code

ROOT = Path(__file__).parents[3]
MODULES = code.modules()


def source(module: str) -> bytes:
    return (ROOT / code.path_of(module)).read_bytes()


def test_no_oracle_no_assignment_and_nothing_that_builds_kits_is_in_it() -> None:
    assert {module.partition(".")[0] for module in MODULES} == {"assay", "grader", "reports", "suites"}
    builders = {f"assay.kit.{name}" for name in ("archive", "code", "placing", "readme", "release", "untold")}
    assert not builders & set(MODULES)
    assert not {"grader.plan", "suites.mutation", "grader.remarks", "grader.store", "suites.training"} & set(
        MODULES
    )


@pytest.mark.parametrize("module", MODULES)
def test_what_is_imported_late_is_in_it_or_never_comes_up(module: str) -> None:
    late = code.imported(source(module), late=True)
    missing = {(module, name) for name in late if name not in MODULES}
    assert missing <= code.NEVER


def test_every_exception_from_the_rule_is_one() -> None:
    late = {(module, name) for module in MODULES for name in code.imported(source(module), late=True)}
    assert late >= code.NEVER


@pytest.mark.parametrize("module", MODULES)
def test_it_is_written_for_python_3_9(module: str) -> None:
    tree = ast.parse(source(module), feature_version=(3, 9))
    annotated = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AnnAssign))]
    postponed = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in tree.body)
    assert postponed or not annotated


def test_no_import_is_relative_which_would_not_be_followed() -> None:
    trees = [ast.parse(source(module)) for module in MODULES]
    froms = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert froms
    assert not any(node.level for node in froms)


def test_the_linter_reads_all_of_it_as_python_3_9() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = []
    for pattern in settings["tool"]["ruff"]["per-file-target-version"]:
        before, brace, rest = pattern.partition("{")
        names, _, after = rest.partition("}")
        patterns += [before + name + after for name in names.split(",")] if brace else [pattern]
    held = [code.path_of(module) for module in MODULES]
    assert [path for path in held if not any(fnmatch(path, pattern) for pattern in patterns)] == []


def test_a_package_without_names_of_its_own_is_left_empty() -> None:
    members = code.members()
    assert members["suites/__init__.py"] == b""  # all that an author writes with
    assert b"SandboxStudent" in members["grader/student/__init__.py"]


@pytest.mark.parametrize(
    ("text", "now", "late"),
    [
        ("import suites.types", ["suites.types"], []),
        ("from suites import depth", ["suites.depth"], []),
        ("from suites.depth import at_depth", ["suites.depth"], []),
        ("from grader.student import SandboxStudent", ["grader.student"], []),
        ("import numpy as np\nfrom os import path", [], []),
        ("def f():\n    from grader import wire", [], ["grader.wire"]),
        ("class C:\n    def f(self):\n        import grader.store", [], ["grader.store"]),
        ("try:\n    import grader.store\nexcept ImportError:\n    pass", ["grader.store"], []),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import grader.store", [], []),
        ("from reference import batchnorm", ["reference"], []),
    ],
)
def test_what_a_source_imports(text: str, now: list[str], late: list[str]) -> None:
    assert code.imported(text.encode(), late=False) == now
    assert code.imported(text.encode(), late=True) == late
