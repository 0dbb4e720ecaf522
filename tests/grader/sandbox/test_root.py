"""What the minimal root shows."""

import os
import sys
from pathlib import Path

import pytest

from grader.sandbox import root
from grader.sandbox.root import Tree, distributions, interpreter


def test_a_distribution_is_its_own_files_and_nothing_beside_them() -> None:
    shown = distributions(("numpy",))
    (site,) = shown.search
    names = {os.path.relpath(path, site).split("-")[0] for path in shown.paths}
    assert names <= {"numpy", "numpy.libs"}
    assert "numpy" in names


def test_requirements_come_along() -> None:
    pytest.importorskip("jinja2")
    names = {os.path.basename(path) for path in distributions(("Jinja2",)).paths}
    assert {"jinja2", "markupsafe"} <= names
    assert not any(name.startswith("numpy") for name in names)


def test_a_record_is_read_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes where a name needs them, what lies elsewhere, and what would run at the start."""
    about = tmp_path / "new-1.dist-info"
    for name in ("new", "new.libs"):
        (tmp_path / name).mkdir()
    about.mkdir()
    (about / "METADATA").write_text("Name: new\nVersion: 1\n")
    (about / "RECORD").write_text('"new/a,b.py",sha256=x,1\n../bin/new,,\nnew.pth,,\nnew.libs/c.so,,\n\n')
    monkeypatch.syspath_prepend(tmp_path)
    assert [os.path.basename(path) for path in distributions(("new",)).paths] == ["new", "new.libs"]


def test_a_tree_without_holes_is_itself(tmp_path: Path) -> None:
    assert list(Tree(str(tmp_path)).parts()) == [str(tmp_path)]
    assert list(Tree(str(tmp_path), ("/elsewhere",)).parts()) == [str(tmp_path)]


def test_a_tree_with_holes_is_what_lies_beside_them(tmp_path: Path) -> None:
    for name in ("a.py", "lib/python3/site-packages/secret.py", "lib/python3/b.py", "lib/c.so"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    hole = str(tmp_path / "lib/python3/site-packages")
    parts = {os.path.relpath(part, tmp_path) for part in Tree(str(tmp_path), (hole,)).parts()}
    assert parts == {"a.py", "lib/c.so", "lib/python3/b.py"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/maps")
def test_the_interpreter_is_shown_without_third_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    library = os.path.dirname(os.__file__)
    monkeypatch.setattr(sys, "path", ["/nonexistent.zip", library, f"{library}/lib-dynload"])
    trees = interpreter()
    paths = [tree.path for tree in trees]
    assert paths.count(library) == 1
    assert f"{library}/lib-dynload" not in paths
    for path in paths:
        assert path not in ("/", "/usr", "/home", "/root", os.path.expanduser("~"))
    shown = [part for tree in trees for part in tree.parts()]
    assert not [part for part in shown if part.endswith(("site-packages", "dist-packages"))]
    assert any("libc" in path or "x86_64" in path or "lib64" in path for path in root.mapped_libraries())
