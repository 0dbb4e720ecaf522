import csv
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.record import Record, RunInfo, Status
from reports.feedback import for_student
from reports.files import put
from reports.folder import write
from reports.gradescope import results_data
from reports.views import view
from suites.types import Diagnosis, Evidence, Finding, Verdict

FORMULA = re.compile(r"[\s'\"]*[=+\-@\t\r]")


def strictly(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = path.read_text(encoding="ascii")
    data = json.loads(text, parse_constant=refuse)
    json.dumps(data, ensure_ascii=False).encode("utf-8")
    return data


def test_a_run_folder_has_its_files_and_no_others(run: Path, records: list[Record]) -> None:
    slugs = {record.slug for record in records}
    assert {path.name for path in run.iterdir()} == {
        "gradebook.csv",
        "results",
        "student",
        "report",
        "feedback",
    }
    for folder, suffix in (
        ("results", "json"),
        ("student", "json"),
        ("report/students", "html"),
        ("feedback", "html"),
    ):
        assert {path.name for path in (run / folder).iterdir()} == {f"{slug}.{suffix}" for slug in slugs}


def test_the_gradebook_holds_numbers_and_no_formula(run: Path, records: list[Record]) -> None:
    with open(run / "gradebook.csv", encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    fixed = ["student", "submission", "status", "score", "max_score"]
    assert head == [*fixed, "forward", "backward", "essay", "feedback", "reason"]
    assert len(rows) == len(records)
    for row in rows:
        assert len(row) == len(head)
        for text in (*row[:3], *row[-2:]):
            assert not FORMULA.match(text) or text.startswith("'")
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        for figure in row[3:-2]:
            assert figure == "" or float(figure) >= 0
    by_name = {row[0]: row[2:-2] for row in rows}
    assert by_name["ada"] == ["graded", "12", "12", "4", "6", "2"]
    assert by_name["kurt"] == ["graded", "7.9", "12", "4", "1.9", "2"]
    assert by_name["evariste"] == ["pending", "6", "12", "0", "6", ""]
    assert by_name["blaise"] == ["unreadable", "0", "12", "0", "0", "0"]
    assert by_name["rosa"] == ["infrastructure-error", "", "12", "", "", ""]


def test_the_gradebook_says_whose_page_is_whose_and_why_there_is_no_grade(
    run: Path, records: list[Record]
) -> None:
    with open(run / "gradebook.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["feedback"] for row in rows} == {f"feedback/{record.slug}.html" for record in records}
    assert all((run / row["feedback"]).is_file() for row in rows)
    why = {row["student"]: row["reason"] for row in rows}
    assert why["blaise"] == "line 12 is no Python: '(' was never closed"
    assert why["ada"] == ""


def test_the_gradebook_is_in_a_stable_order(
    tmp_path: Path, run: Path, info: RunInfo, records: list[Record], alike: dict[str, tuple[str, ...]]
) -> None:
    write(tmp_path, info, reversed(records), alike)
    assert (tmp_path / "gradebook.csv").read_bytes() == (run / "gradebook.csv").read_bytes()
    assert (tmp_path / "report/index.html").read_bytes() == (run / "report/index.html").read_bytes()


GRADESCOPE = {
    "score",
    "execution_time",
    "output",
    "output_format",
    "test_output_format",
    "test_name_format",
    "visibility",
    "stdout_visibility",
    "tests",
    "extra_data",
}
TEST = {
    "name",
    "number",
    "score",
    "max_score",
    "status",
    "output",
    "output_format",
    "visibility",
    "tags",
    "extra_data",
}


def test_what_passes_and_is_worth_nothing_has_passed(info: RunInfo, records: list[Record]) -> None:
    ada = records[0]
    told = replace(ada.findings[0], credit=Fraction(0), points=Fraction(0))
    data = results_data(info, replace(ada, findings=(told,)))
    assert data["tests"][0]["status"] == "passed"  # type: ignore[index]


def test_results_are_gradescopes_and_ours_is_under_extra_data(run: Path, records: list[Record]) -> None:
    for record in records:
        data = strictly(run / f"results/{record.slug}.json")
        assert set(data) == GRADESCOPE
        assert isinstance(data["score"], float)
        assert len(data["tests"]) == len(record.findings)
        for test, finding in zip(data["tests"], record.findings, strict=True):
            assert set(test) == TEST
            assert test["status"] == ("passed" if finding.credit == 1 else "failed")
            assert re.fullmatch(r"\d+\.\d+", test["number"])
            assert test["score"] == pytest.approx(float(finding.score))
            ours = test["extra_data"]
            assert (ours["part"], ours["tensor"], ours["tier"]) == (
                finding.part,
                finding.tensor,
                finding.tier,
            )
        assert sum(test["score"] for test in data["tests"]) == pytest.approx(data["score"])


def test_results_say_everything_to_the_instructor(run: Path) -> None:
    data = strictly(run / "results/carl.json")
    dx = next(test["extra_data"] for test in data["tests"] if test["extra_data"]["tensor"] == "dx")
    assert dx["diagnosis"]["id"] == "bn.no-mean-term"
    assert dx["evidence"]["index"] == [3, 1]
    assert (dx["evidence"]["expected"], dx["evidence"]["got"]) == (0.1237, 0.3125)
    assert (dx["evidence"]["cases"], dx["evidence"]["failed_cases"]) == (12, 12)
    assert data["extra_data"]["max_score"] == 12
    sofia = strictly(run / "results/sofia.json")["tests"]
    assert {"inf", "nan"} <= {
        str(test["extra_data"]["evidence"][key]) for test in sofia for key in ("got", "max_error")
    }
    assert strictly(run / "results/kurt.json")["extra_data"]["printed"] == "SECRET PRINTED"


def test_what_gradescope_shows_to_students_holds_nothing_hidden(run: Path, records: list[Record]) -> None:
    for record in records:
        data = strictly(run / f"results/{record.slug}.json")
        shown = data["output"] + "".join(
            test["output"] + test["name"] + "".join(test["tags"]) for test in data["tests"]
        )
        assert "SECRET" not in shown
        assert "secret" not in shown
        assert "0.123456" not in shown
        assert data["stdout_visibility"] == "hidden"


STUDENT = {
    "": {
        "assignment",
        "title",
        "student",
        "submission",
        "status",
        "reason",
        "score",
        "max_score",
        "graded_at",
        "notes",
        "parts",
    },
    "part": {"name", "title", "max_score", "findings"},
    "finding": {
        "check",
        "tensor",
        "tier",
        "verdict",
        "cause",
        "score",
        "max_score",
        "diagnosis",
        "evidence",
        "notes",
        "measurement",
    },
    "diagnosis": {"id", "symptom", "says", "hint", "lecture"},
    "hidden": {"argument", "regime", "public", "cases", "failed_cases"},
}
SEEN = STUDENT["hidden"] | {"case", "shape", "index", "expected", "got", "max_error", "text"}


def test_the_students_json_holds_the_allowed_keys_and_no_others(run: Path, records: list[Record]) -> None:
    hidden = 0
    for record in records:
        data = strictly(run / f"student/{record.slug}.json")
        assert set(data) == STUDENT[""]
        for part in data["parts"]:
            assert set(part) == STUDENT["part"]
            for finding in part["findings"]:
                assert set(finding) == STUDENT["finding"]
                assert finding["diagnosis"] is None or set(finding["diagnosis"]) == STUDENT["diagnosis"]
                assert set(finding["evidence"]) == (
                    SEEN if finding["evidence"]["public"] else STUDENT["hidden"]
                )
                hidden += not finding["evidence"]["public"]
    assert hidden == 3


def test_nothing_of_a_hidden_case_reaches_the_student(run: Path, records: list[Record]) -> None:
    for record in records:
        for path in (run / f"student/{record.slug}.json", run / f"feedback/{record.slug}.html"):
            text = path.read_text(encoding="utf-8")
            for secret in ("SECRET", "secret", "0.1234", "7.6543", "31, 37", "31 × 37"):
                assert secret not in text, (path.name, secret)
    page = (run / "feedback/kurt.html").read_text(encoding="utf-8")
    assert "heat" not in page.split("</style>")[1]
    assert "Seen in a hidden case" in page
    assert "0.123457" in (run / "report/students/kurt.html").read_text(encoding="utf-8")
    assert "0.1237" in (run / "feedback/carl.html").read_text(encoding="utf-8")


def test_remarks_are_for_the_instructor_alone(run: Path) -> None:
    """On the page and in the JSON of a student for the instructor, and on the class page; nowhere else."""
    alike = "the same code as that of carl, up to names, comments and layout"
    for path in (run / "report/students/kurt.html", run / "report/index.html", run / "results/kurt.json"):
        text = path.read_text(encoding="utf-8")
        assert "SECRET REMARK" in text
        assert alike in text
    for path in (run / "feedback/kurt.html", run / "student/kurt.json", run / "gradebook.csv"):
        text = path.read_text(encoding="utf-8")
        assert "REMARK" not in text
        assert "same code" not in text
    assert not [path for path in run.rglob("*.*") if b"SECRET LIKENESS" in path.read_bytes()]


def test_a_field_is_hidden_until_it_is_allowed() -> None:
    """Every field is filled with a value of its own: what a student sees is exactly what is listed here."""
    evidence = Evidence(
        "dx", "regime", "case", False, (2, 3), (1, 2), 0.5, 0.25, 0.75, 7, 3, ((1.0,),), "raised"
    )
    diagnosis = Diagnosis("symptom", "id", "says", "hint", "lecture")
    finding = Finding(
        "part",
        "check",
        "dx",
        "tier",
        Verdict.FAIL,
        "cause",
        Fraction(0),
        Fraction(1),
        diagnosis,
        evidence,
        ("n",),
        9.0,
    )
    record = Record(
        "student",
        "file",
        "slug",
        "content",
        Status.GRADED,
        "reason",
        Fraction(1),
        Fraction(2),
        (finding,),
        ("note",),
        "printed",
        5,
        1.0,
        2.0,
        3,
        "sandbox",
        "at",
    )

    def changed(before: Any, after: Any) -> set[str]:
        return {f.name for f in fields(before) if getattr(before, f.name) != getattr(after, f.name)}

    seen = for_student(record, "name")
    assert changed(record, seen) == {
        "reason",
        "findings",
        "printed",
        "printed_dropped",
        "seconds",
        "cpu_seconds",
        "memory_bytes",
        "sandbox",
    }
    assert changed(finding, seen.findings[0]) == {"cause", "evidence", "seconds"}
    hidden = {"case", "shape", "index", "expected", "got", "max_error", "picture", "text"}
    assert changed(evidence, seen.findings[0].evidence) == hidden
    public = replace(finding, evidence=replace(evidence, public=True))
    assert (
        changed(
            public.evidence, for_student(replace(record, findings=(public,)), "name").findings[0].evidence
        )
        == set()
    )


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("public", [True, False])
def test_a_cause_in_the_far_sides_words_is_never_shown(verdict: Verdict, public: bool) -> None:
    """The student's side may claim some verdicts, and a failing value's type is its own word."""
    theirs = {Verdict.ERROR, Verdict.MISSING, Verdict.MEMORY, Verdict.SKIPPED}
    cause = "returned Leak_0_1234; values differ"
    finding = Finding(
        "p", "c", "dx", "ordinary", verdict, cause, Fraction(0), Fraction(1), None, Evidence(public=public)
    )
    record = Record("s", "f", "s", "", Status.GRADED, "", Fraction(0), Fraction(1), (finding,))
    if verdict in theirs | {Verdict.FAIL}:
        assert "Leak" not in for_student(record, "name").findings[0].cause


@pytest.mark.parametrize(
    ("cause", "public", "shown"),
    [
        ("shape (1, 5), expected (5,)", True, "shape (1, 5), expected (5,)"),
        ("shape (1, 5), expected (5,)", False, "it does not agree"),
        ("shape (1, 5), expected (5,); shape (0, 314159), expected (7,)", True, "it does not agree"),
        ("values differ", False, "values differ"),
    ],
)
def test_a_shape_is_told_of_a_public_case_alone(cause: str, public: bool, shown: str) -> None:
    seen = Evidence(public=public)
    finding = Finding("p", "c", "dx", "t", Verdict.FAIL, cause, Fraction(0), Fraction(1), None, seen)
    record = Record("s", "f", "s", "", Status.GRADED, "", Fraction(0), Fraction(1), (finding,))
    assert for_student(record, "name").findings[0].cause == shown


@pytest.mark.parametrize("named", ["NumPy has no 'leak_0_1234' here", "it imports 'leak_0_1234'"])
def test_what_does_not_run_here_is_named_of_a_public_case_alone(named: str) -> None:
    for public in (True, False):
        found = replace(raising("t", "", "", public), diagnosis=Diagnosis(named, id="environment"))
        diagnosis = as_told(found).findings[0].diagnosis
        assert diagnosis is not None
        assert ("leak" in diagnosis.symptom) == public
        assert public or re.search("NumPy.*Python.*module", diagnosis.symptom)


def test_what_a_public_case_names_is_named_of_a_hidden_one_that_raises_the_same() -> None:
    named = Diagnosis("it imports 'helper', which is not here", id="environment")
    raised = ("raised ModuleNotFoundError: No module named 'helper'", "ModuleNotFoundError: ...")
    found = [replace(raising("t", *raised, public), diagnosis=named) for public in (True, False)]
    assert [f.diagnosis for f in as_told(*found).findings] == [named, named]


SYNTAX = '  File "layer.py", line 5\n    def f(x:\nSyntaxError: invalid syntax'
IN_A_CELL = SYNTAX.replace("line 5", "line 5 of cell 2")


def raising(tier: str, cause: str, text: str, public: bool) -> Finding:
    seen = Evidence(public=public, text=text, cases=2, failed_cases=2)
    worth = Fraction(2)
    return Finding("forward", "c", "out", tier, Verdict.ERROR, cause, Fraction(0), worth, None, seen)


def as_told(*found: Finding) -> Record:
    record = Record("s", "f", "s", "", Status.GRADED, "", Fraction(0), Fraction(4), found)
    return for_student(record, "name")


@pytest.mark.parametrize(
    ("cause", "text", "shown"),
    [
        ("syntax error in line 5", SYNTAX, "syntax error in line 5"),
        ("syntax error in line 5 of cell 2", SYNTAX, "an exception was raised"),
        ("syntax error in line 5 of cell 2", IN_A_CELL, "syntax error in line 5 of cell 2"),
        ("syntax error in line 0.1234", SYNTAX, "an exception was raised"),
        ("syntax error in line 71", SYNTAX, "an exception was raised"),
        ("raised KeyError: 'b'", "KeyError: 'b'", "raised KeyError: 'b'"),
        ("raised KeyError: 0.1234", "KeyError: 'b'", "an exception was raised"),
        ("KeyError: 'b'", "KeyError: 'b'", "an exception was raised"),
        (
            "raised ZeroDivisionError while it was imported: division by zero",
            "ZeroDivisionError: division by zero",
            "raised ZeroDivisionError while it was imported: division by zero",
        ),
    ],
)
def test_a_cause_is_told_where_the_text_that_is_shown_says_it(cause: str, text: str, shown: str) -> None:
    assert as_told(raising("ordinary", cause, text, public=True)).findings[0].cause == shown


def test_a_hidden_case_that_raises_what_a_public_one_raises_shares_its_card(info: RunInfo) -> None:
    found = (
        raising("ordinary", "syntax error in line 5", SYNTAX, public=True),
        raising("unusual", "syntax error in line 5", SYNTAX, public=False),
    )
    (card,) = view(info, as_told(*found)).mend
    assert (card.title, card.lost) == ("Syntax error in line 5", "4")
    assert [sight.evidence.text for sight in card.sights] == [SYNTAX]


def test_a_hidden_case_that_raises_anything_else_keeps_it_to_itself() -> None:
    found = (
        raising("ordinary", "raised KeyError: 'b'", "KeyError: 'b'", public=True),
        raising("unusual", "raised KeyError: 'b'", "KeyError: 'b' 0.1234", public=False),
    )
    _, hidden = as_told(*found).findings
    assert (hidden.cause, hidden.evidence.text) == ("an exception was raised", "")


def test_who_is_gone_leaves_nothing_behind(tmp_path: Path, info: RunInfo, records: list[Record]) -> None:
    write(tmp_path, info, records)
    (tmp_path / "results" / ".half.part").write_text("{")
    write(tmp_path, info, records[:2])
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"gradebook.csv", "index.html", "ada.json", "ada.html", "emmy.json", "emmy.html"}
    assert not any(b"carl" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_an_empty_run_has_its_pages(tmp_path: Path, info: RunInfo) -> None:
    write(tmp_path, info, ())
    assert "No submissions" in (tmp_path / "report/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("slug", ["../ada", "", ".hidden", "a/b", "a\n", "ä"])
def test_a_slug_that_is_no_file_name_is_refused(
    tmp_path: Path, info: RunInfo, records: list[Record], slug: str
) -> None:
    with pytest.raises(ValueError, match="slug"):
        write(tmp_path, info, [replace(records[0], slug=slug)])
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_two_students_never_share_a_page(tmp_path: Path, info: RunInfo, records: list[Record]) -> None:
    with pytest.raises(ValueError, match="slug"):
        write(tmp_path, info, [records[0], records[0]])


def test_records_are_not_kept(tmp_path: Path, info: RunInfo, records: list[Record]) -> None:
    import weakref

    alive: list[weakref.ref[Record]] = []

    def stream() -> Iterator[Record]:
        for record in records[:8]:
            copy = replace(record)
            alive.append(weakref.ref(copy))
            yield copy
            del copy
            assert sum(ref() is not None for ref in alive) <= 1

    write(tmp_path, info, stream())


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    put(path, "one")
    with pytest.raises(UnicodeEncodeError):
        put(path, "\ud800")
    assert path.read_text() == "one"
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        put(tmp_path / "folder", "two")
    assert {found.name for found in tmp_path.iterdir()} == {"a.json", "folder"}
