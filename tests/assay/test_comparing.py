"""`assay diff` as its users meet it: what changed, in words and for programs, and what the exit code says."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from grader.record import Record
from suites.types import Finding, Verdict

from ..measured import info, record, write_run
from .conftest import Command

OUT = Finding("fast", "agreement", "out", "ordinary", Verdict.PASS, "", Fraction(1), Fraction(1))
OFF = replace(OUT, verdict=Verdict.FAIL, credit=Fraction(0), cause="values differ")
HOSTILE = "eve\x1b[31m\n::error::"


@pytest.fixture
def command(command: Command) -> Command:
    """Run `assay diff`."""
    return lambda arguments: command(f"diff {arguments}")


def off(student: str) -> Record:
    return replace(record(student, OFF), score=Fraction(0))


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    everybody = [record(name, OUT) for name in ("ada", "bob", HOSTILE, "left")]
    old = write_run(tmp_path / "old", everybody)
    later = [off("ada"), record("bob", OUT), off(HOSTILE), record("came", OUT)]
    return old, write_run(tmp_path / "new", later, replace(info(seed="second"), python_version="3.12.1"))


def test_what_changed_is_told(command: Command, runs: tuple[Path, Path]) -> None:
    code, out, err = command("old new")
    assert (code, err) == (1, "Comparing the results\n")
    assert out.splitlines() == [
        "Convolution: old -> new",
        "",
        "Between the runs",
        "  the hidden inputs are drawn from another seed: a7937b64b8ca -> 16367aacb67a",
        "  Python: 3.11.7 -> 3.12.1",
        "",
        "2 of 3 students in both runs change: 2 down; -2 points in all",
        "1 student in the old run alone",
        "1 student in the new run alone",
        "",
        "By check",
        "  fast, out (agreement, ordinary): 2 students pass -> fail, -2 points",
        "",
        "Student by student",
        "  ada: 1 / 1 -> 0 / 1 (-1)",
        "    fast, out (agreement, ordinary): pass -> fail, -1: values differ",
        "  came: in the new run alone, 1 / 1, graded",
        "  eve\\x1b[31m\\n::error::: 1 / 1 -> 0 / 1 (-1)",
        "    fast, out (agreement, ordinary): pass -> fail, -1: values differ",
        "  left: in the old run alone, 1 / 1, graded",
    ]


def test_programs_are_told_the_same(command: Command, runs: tuple[Path, Path]) -> None:
    code, out, _ = command("old new --json")
    assert code == 1
    told = json.loads(out)
    assert told["differs"]
    assert [each["name"] for each in told["runs"]] == ["seed_commitment", "python_version"]
    assert told["summary"] == {
        "students": 3, "changed": 2, "up": 0, "down": 2, "points": -2.0, "resubmitted": 0,
        "only_old": 1, "only_new": 1,
    }  # fmt: skip
    assert told["checks"] == [
        {
            "part": "fast", "check": "agreement", "tensor": "out", "tier": "ordinary",
            "old": "pass", "new": "fail", "students": 2, "points": -2.0,
        }
    ]  # fmt: skip
    ada, came, *_ = told["students"]
    assert (ada["student"], ada["old"]["score"], ada["new"]["score"]) == ("ada", 1.0, 0.0)
    assert ada["checks"][0]["new"] == {
        "verdict": "fail", "credit": 0.0, "points": 1.0, "score": 0.0, "cause": "values differ"
    }  # fmt: skip
    assert (came["old"], came["checks"]) == (None, [])


def test_where_nothing_changes_the_exit_code_is_0(command: Command, runs: tuple[Path, Path]) -> None:
    code, out, _ = command("old old")
    assert code == 0
    assert out.endswith("\nNo verdict and no points change among 4 students in both runs\n")
    code, out, _ = command("old old --json")
    told = json.loads(out)
    assert (code, told["differs"], told["students"]) == (0, False, [])


def test_a_run_that_is_empty(command: Command, runs: tuple[Path, Path], tmp_path: Path) -> None:
    write_run(tmp_path / "none", [])
    assert command("none none")[0] == 0
    code, out, _ = command("none old")
    assert (code, "4 students in the new run alone" in out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("old nowhere", "nowhere is no run folder: it has no run.json; assay grade makes one"),
        ("nowhere old", "nowhere is no run folder: it has no run.json; assay grade makes one"),
        (
            "old other",
            "old is a run of conv and other of mlp; name two runs of one assignment "
            "(an edited copy is one, too, in a folder named conv)",
        ),
        ("old hollow", "there is no results file at hollow/results.sqlite; assay grade makes one"),
        ("old", "Missing argument 'RUN2'; see assay diff --help"),
    ],
)
def test_a_mistake_is_one_sentence(
    command: Command, runs: tuple[Path, Path], tmp_path: Path, arguments: str, says: str
) -> None:
    write_run(tmp_path / "other", [], info(assignment="mlp"))
    write_run(tmp_path / "hollow", [])
    (tmp_path / "hollow" / "results.sqlite").unlink()
    assert command(arguments) == (2, "", f"assay: {says}\n")
