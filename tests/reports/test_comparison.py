"""A comparison in words and as data: bounded lines, no text of a student that does anything."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from grader.record import Record, RunInfo, Status
from reports.changes import Comparison, Outcome, Tally, compare
from reports.comparison import WIDTH, aspects, student_data, student_lines, summary_data, summary_lines
from reports.files import strict
from suites.types import Verdict


def worse(record: Record) -> Record:
    """All that passes fails, in the words of the student's id."""
    told = f"raised {record.student}"
    findings = tuple(
        replace(finding, verdict=Verdict.FAIL, credit=Fraction(0), cause=told) for finding in record.findings
    )
    return replace(record, findings=findings, score=Fraction(0), content="f" * 64)


def counted(compared: list[Comparison]) -> Tally:
    tally = Tally()
    for each in compared:
        tally.add(each)
    return tally


@pytest.fixture
def compared(records: list[Record]) -> list[Comparison]:
    """Everybody, the hostile included: worse, gone, new, or of another status."""
    ordered = sorted(records, key=lambda each: each.student.encode("utf-8", "backslashreplace"))
    old, new = ordered[1:], [worse(each) for each in ordered[:-1]]
    new[3] = replace(new[3], status=Status.UNREADABLE, reason=ordered[3].student, findings=())
    return list(compare(old, new))


def test_lines_are_inert_and_bounded(info: RunInfo, compared: list[Comparison]) -> None:
    lines = list(summary_lines(info, replace(info, sandbox="x" * 5000), counted(compared)))
    for each in compared:
        lines += student_lines(each)
    assert len(lines) > 50
    for line in lines:
        assert len(line) <= WIDTH
        assert line.isprintable()
        line.encode("utf-8")  # which a lone surrogate would not survive


def test_data_is_strict_json(info: RunInfo, compared: list[Comparison]) -> None:
    told = [summary_data(info, info, counted(compared)), *map(student_data, compared)]
    for each in told:
        text = json.dumps(strict(each), allow_nan=False)
        assert text.isascii()
        assert json.loads(text)


def test_a_student_in_words() -> None:
    old = Outcome(Status.GRADED, Fraction(10), Fraction(12))

    def told(new: Outcome | None, **changes: object) -> list[str]:
        each = Comparison("ada", old, new)
        return list(student_lines(replace(each, **changes)))  # type: ignore[arg-type]

    assert told(replace(old, score=Fraction(15, 2))) == ["  ada: 10 / 12 -> 7.5 / 12 (-2.5)"]
    assert told(replace(old, score=Fraction(10) + Fraction(1, 999))) == [
        "  ada: 10 / 12 -> 10 / 12 (+less than 0.01)"
    ]
    assert told(Outcome(Status.UNREADABLE, Fraction(0), Fraction(12), "no Python")) == [
        "  ada: 10 / 12, graded -> 0 / 12, unreadable (-10)",
        "    no Python",
    ]
    assert told(Outcome(Status.INFRASTRUCTURE, None, Fraction(12))) == [
        "  ada: 10 / 12, graded -> infrastructure-error"
    ]
    assert told(replace(old, max_score=Fraction(14)), resubmitted=True) == [
        "  ada: 10 / 12 -> 10 / 14; something else was handed in"
    ]
    assert told(None) == ["  ada: in the old run alone, 10 / 12, graded"]
    assert told(old, old=None) == ["  ada: in the new run alone, 10 / 12, graded"]


def test_what_the_runs_differ_in_themselves(info: RunInfo) -> None:
    assert aspects(info, replace(info, host="elsewhere", started="x", ended="y", counts={})) == []
    limits = aspects(info, replace(info, fingerprint="f" * 64, question_s=2.0))
    assert [(each.name, each.new) for each in limits] == [("question_s", "2.0")]
    elsewhere = aspects(info, replace(info, fingerprint="f" * 64, sandbox="docker"))
    assert [each.name for each in elsewhere] == ["sandbox", "fingerprint"]
    edited = replace(info, assignment_hash="a" * 64, max_score=Fraction(25, 2), fingerprint="f" * 64)
    named = [(each.name, each.new) for each in aspects(info, edited)]
    assert named == [("assignment_hash", "a" * 64), ("max_score", "25/2")]


def test_the_summary_of_a_class_of_one(info: RunInfo, records: list[Record]) -> None:
    (ada,) = (record for record in records if record.student == "ada")
    tally = counted(list(compare([ada], [worse(ada)])))
    lines = list(summary_lines(info, replace(info, ended=""), tally))
    assert "1 of 1 student in both runs changes: 1 down; -12 points in all" in lines
    assert "1 of them handed in something else" in lines
    assert "  backward, dx (gradient, ordinary): 1 student pass -> fail, -3.6 points" in lines
    assert any("the new run has not come to its end" in line for line in lines)
