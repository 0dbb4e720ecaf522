import os
import sys

import pytest

import assignments
from suites import AuthoringError

SMALL = """
from reference import affine
from suites import Assignment

from . import variants

assignment = Assignment(title={title!r}, submit="x.py", parts=(), variants=variants)
"""


def write(folder, title="one", variants=""):
    folder.mkdir(exist_ok=True)
    (folder / "assignment.py").write_text(SMALL.format(title=title))
    (folder / "variants.py").write_text(variants)
    return folder


def test_bundled_ones_are_found_by_name_and_by_path():
    names = dict(assignments.bundled())
    assert "batchnorm" in names
    assert assignments.find("batchnorm") == names["batchnorm"]
    assert assignments.find(names["batchnorm"]) == names["batchnorm"]
    assert assignments.find(names["batchnorm"] / "assignment.py") == names["batchnorm"]


def test_a_path_may_hold_bytes_that_are_no_text(tmp_path):
    folder = write(tmp_path / os.fsdecode(b"caf\xe9"))
    assert assignments.load(folder).title == "one"


def test_a_folder_on_disk_comes_before_a_bundled_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batchnorm").mkdir()  # submissions, say
    assert assignments.find("batchnorm") == dict(assignments.bundled())["batchnorm"]
    write(tmp_path / "batchnorm", "mine")
    assert assignments.load("batchnorm").title == "mine"


def test_a_solution_that_imports_what_is_not_there_does_not_run_here(tmp_path):
    (tmp_path / "solutions").mkdir()
    for name, text in {
        "b": "import numpy as np\nfrom math import exp\n",
        "a": '"""Says: import nothing_of_this_name."""\nimport json\n',
        "c": "import numpy\nfrom nothing_of_this_name.nn import Module\n",
        "d": "import nothing_of_this_name as nothing\n",
    }.items():
        (tmp_path / "solutions" / f"{name}.py").write_text(text)
    assert [file.stem for file in assignments.solutions(tmp_path)] == ["a", "b"]


def test_what_is_not_there_is_said_with_what_is(tmp_path):
    with pytest.raises(AuthoringError, match=r"there is no assignment nothing; name .*batchnorm"):
        assignments.find("nothing")
    with pytest.raises(AuthoringError, match=r"has no assignment\.py; name a folder"):
        assignments.find(tmp_path)


def test_two_assignments_never_meet(tmp_path):
    one = assignments.load(write(tmp_path / "one", "one", "who = 1"))
    two = assignments.load(write(tmp_path / "two", "two", "who = 2"))
    assert (one.title, two.title) == ("one", "two")
    assert (one.variants.who, two.variants.who) == (1, 2)
    assert "variants" not in sys.modules


def test_an_assignment_is_loaded_once_and_afresh_when_edited(tmp_path):
    folder = write(tmp_path / "hw", "before")
    before = assignments.load(folder)
    assert assignments.load(folder) is before
    write(folder, "after the edit")
    assert assignments.load(folder).title == "after the edit"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def (", r"assignment\.py:1 cannot be imported, SyntaxError"),
        ("import no_such_module", r"assignment\.py:1 cannot be imported, ModuleNotFoundError: .*; mend it"),
        ("1 / 0", "ZeroDivisionError"),
        ("pass", "declares no `assignment`; add"),
        (
            "from suites import regime\n@regime()\ndef silent(rng): ...",
            r"assignment\.py:2: regime silent has no docstring",
        ),
    ],
)
def test_a_broken_assignment_says_where_and_what(tmp_path, text, says):
    (tmp_path / "assignment.py").write_text(text)
    for _ in range(2):  # nothing half-imported stays behind
        with pytest.raises(AuthoringError, match=says):
            assignments.load(tmp_path)


def test_a_declaration_that_contradicts_itself_is_not_loaded(tmp_path):
    part = 'OwnTests("a", "check", (), 1, needs=("b",))'
    (tmp_path / "assignment.py").write_text(
        f"from suites import Assignment, OwnTests\nassignment = Assignment('', 'x.py', ({part},))\n"
    )
    for _ in range(2):
        with pytest.raises(AuthoringError, match=r"assignment\.py: part a needs 'b', which is no part; use"):
            assignments.load(tmp_path)


def test_the_hash_changes_with_what_defines_an_assignment_and_with_nothing_else(tmp_path):
    folder = write(tmp_path / "hw")
    first = assignments.content_hash(folder)
    (folder / "solutions").mkdir()
    (folder / "solutions" / "right.py").write_text("pass")
    (folder / "expected.json").write_text("{}")
    assert assignments.content_hash(folder) == first
    hashes = {first}
    for name in ("assignment.py", "variants.py", "oracle.py", "handout.md"):
        (folder / name).write_text(f"# {name}")
        hashes.add(assignments.content_hash(folder))
    assert len(hashes) == 5


def test_moving_text_from_one_file_to_another_changes_the_hash(tmp_path):
    folder = write(tmp_path / "hw")
    (folder / "handout.md").write_text("ab")
    first = assignments.content_hash(folder)
    (folder / "handout.md").write_text("a")
    (folder / "oracle.py").write_text("b")
    assert assignments.content_hash(folder) != first
