"""Who has no grade is named where a run ends: all of a few, the first of many."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from assay.ended import tell_result
from grader.record import Record, RunInfo, Status
from grader.store import Store
from reports.text import MOST_NAMES


@pytest.fixture
def info() -> RunInfo:
    return RunInfo("toy", "Toy", "", "", "", "", "", "namespace", "", "", "now", Fraction(1), ())


def ended(run: Path, info: RunInfo, unreadable: int) -> int:
    """A run of one who is graded and of some who cannot be read comes to its end."""
    graded = Record("zoe", "zoe.py", "zoe", "", Status.GRADED, "", Fraction(1), Fraction(1), ())
    with Store(run / "results.sqlite") as store:
        store.add(graded, "")
        for number in range(unreadable):
            name = f"s{number:02}"
            store.add(
                replace(graded, student=name, slug=name, status=Status.UNREADABLE, reason="no text"), ""
            )
    return tell_result(run, info)


@pytest.mark.parametrize(
    ("unreadable", "named"),
    [(1, "s00"), (3, "s00, s01, s02"), (MOST_NAMES + 2, f"s{MOST_NAMES - 1:02} and 2 more")],
)
def test_who_could_not_be_read_is_named(
    tmp_path: Path, info: RunInfo, capsys: pytest.CaptureFixture[str], unreadable: int, named: str
) -> None:
    assert ended(tmp_path, info, unreadable) == 0
    said = capsys.readouterr().err
    assert said.startswith("Could not be read: s00")
    assert f"{named}; the report and the gradebook say why" in said


def test_nothing_is_said_where_all_could_be_read(
    tmp_path: Path, info: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(tmp_path, replace(info, counts={"graded": 1}), 0) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Toy: 1 submission, sandbox namespace\n")
    assert said.err == ""


def test_a_run_that_was_cut_off_says_that_some_are_missing(
    tmp_path: Path, info: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(tmp_path, replace(info, ended=""), 0) == 0
    assert capsys.readouterr().err.startswith("The run has not come to its end: who is not graded yet")
