"""Who is who between a run and a sheet, and what a sheet of Canvas or Moodle is when it is filled in."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from grader.record import Record, Status
from reports.exports import ExportError, canvas, moodle
from reports.exports.filling import Filled, filled
from reports.exports.sheet import read_sheet

from ...measured import info, record

RUN = replace(info(), assignment="batchnorm", title="Batch normalisation", max_score=Fraction(12))
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Essay (1),Homework 2: Batch normalisation (4711),Final Score
,,,,,,,Manual Posting,
    Points Possible,,,,,,10.00,12.00,(read only)
"Smith, Bob",340934,S-1,bob,A,=1+1,3,,5
"L, Ada",12,S-2,ADA@uni.example,A,,4,1.5,5
"Z, Zo\u00e9",77,Zo\u00e9,zoe,"A, B",,4,7,5
"""
MOODLE = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Said
Participant 340934,Bob Smith,bob@uni.example,Submitted,-,12.00,Yes,-,
Participant 12,Ada L,ada@uni.example,Submitted,3.00,12.00,Yes,"Monday, 1 June","said ""well"" once"
Participant 77,Zoe Z,zoe@uni.example,Submitted,,12.00,No,-,=1+1
"""


def student(name: str, score: object = 6, submission: str = "", **changes: object) -> Record:
    plain = replace(record(name), score=Fraction(str(score)), submission=submission or f"{name}.py")
    return replace(plain, **changes)  # type: ignore[arg-type]


def into_canvas(
    records: Sequence[Record], text: str = CANVAS, column: str | None = None, *, scale: bool = False
) -> Filled:
    sheet = read_sheet(text.encode(), "grades.csv", canvas.KNOWN)
    return filled(sheet, canvas.layout(sheet, RUN, column), RUN, records, "canvas", scale=scale)


def into_moodle(
    records: Sequence[Record], text: str = MOODLE, column: str | None = None, *, scale: bool = False
) -> Filled:
    sheet = read_sheet(text.encode(), "grades.csv", moodle.KNOWN)
    return filled(sheet, moodle.layout(sheet, column), RUN, records, "moodle", scale=scale)


def rows(done: Filled, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(done.text, newline=""), delimiter=delimiter))


def grades(done: Filled) -> list[str]:
    place = rows(done)[0].index(done.column)
    return [row[place] for row in rows(done)[1:]]


def test_canvas_gets_who_they_are_and_the_one_column() -> None:
    done = into_canvas([student("smithbob_340934", "11/3"), student("ada", 12)])
    assert rows(done) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 2: Batch normalisation (4711)"],
        ["", "", "", "", "", "Manual Posting"],
        ["    Points Possible", "", "", "", "", "12.00"],
        ["Smith, Bob", "340934", "S-1", "bob", "A", "3.666667"],
        ["L, Ada", "12", "S-2", "ADA@uni.example", "A", "12"],
        ["Z, Zo\u00e9", "77", "Zo\u00e9", "zoe", "A, B", "7"],
    ]
    assert (done.grades, done.others, done.missing) == (2, ("Z Zo\u00e9",), ())


def test_moodle_gets_the_whole_sheet() -> None:
    done = into_moodle([student("Bob Smith_340934", 3), student("ADA")])
    before = list(csv.reader(io.StringIO(MOODLE)))
    after = rows(done)
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        assert old[:4] + old[5:] == new[:4] + new[5:]
        assert new[4] == {1: "3", 2: "6"}.get(number, old[4])


@pytest.mark.parametrize(
    "known",
    [
        student("smithbob_340934"),
        student("smithbob_340934_208490284_work", submission="smithbob_340934_208490284_work.py"),
        student("x", submission="notes.txt and smithbob_LATE_340934_208490284_work-2.py"),
        student("smithbob_340934", submission="smithbob_340934_208490284_x_7_assignsubmission_file_y.py"),
        student("BOB"),
        student("s-1"),
        student("340934"),
    ],
)
def test_a_student_of_canvas_is_known(known: Record) -> None:
    assert grades(into_canvas([known]))[2:] == ["6", "1.5", "7"]


@pytest.mark.parametrize("name", ["ada", "ADA@uni.example", "anna_12"])
def test_an_address_is_a_name_with_and_without_its_host(name: str) -> None:
    assert grades(into_canvas([student(name)]))[2:] == ["", "6", "7"]


def test_accents_may_be_taken_apart() -> None:
    assert grades(into_canvas([student("Zoe\u0301")]))[2:] == ["", "1.5", "6"]


def test_another_platforms_number_is_nobodys() -> None:
    handed_in = "Bob Smith_340934_assignsubmission_file_"
    done = into_canvas([student("Bob Smith_340934", submission=handed_in), student("ada")])
    assert (done.missing, done.grades) == (("Bob Smith_340934",), 1)


def test_who_is_not_one_student_for_sure_gets_no_grade() -> None:
    done = into_canvas([student("bob_12"), student("bob"), student("smithbob_340934"), student("zoe")])
    assert done.unclear == ("bob", "smithbob_340934")  # one row, two students
    assert grades(done)[2:] == ["", "6", "6"]
    done = into_canvas([student("zoe_340934", submission="x.py"), student("zoe_77")])
    assert (done.unclear, done.grades) == ((), 2)
    two = CANVAS.replace("S-1,bob", "S-1,x_77")
    done = into_canvas([student("x_77"), student("ada")], two)  # a login of one, the number of another
    assert (done.unclear, grades(done)[2:]) == (("x_77",), ["", "6", "7"])


def test_what_is_not_known_or_not_wanted_stays_as_it_was() -> None:
    lost = student("zoe", 0, status=Status.INFRASTRUCTURE)
    done = into_canvas([lost, student("ada"), student("=evil()")], CANVAS.replace(",4,1.5,", ",4,ex,"))
    assert grades(done)[2:] == ["", "ex", "7"]
    assert (done.unknown, done.closed, done.missing) == (("zoe",), ("ada",), ("=evil()",))
    assert "evil" not in done.text
    assert into_moodle([student("zoe"), student("ada")]).closed == ("zoe",)


def test_what_may_change_and_what_could_not_be_read_is_told() -> None:
    done = into_canvas(
        [student("zoe", status=Status.PARTIAL), student("bob", 0, status=Status.UNREADABLE), student("ada")]
    )
    assert grades(done)[2:] == ["0", "6", "6"]
    assert (done.provisional, done.unreadable) == (("zoe",), ("bob",))


def test_a_run_of_other_people_is_a_mistake() -> None:
    with pytest.raises(ExportError, match="has nobody of this run: no student in it is known as kurt"):
        into_canvas([student("kurt")])
    assert into_canvas([]).grades == 0


# --------------------------------------------------------------------------- the column, the maximum


@pytest.mark.parametrize("column", ["Essay (1)", "essay", "1"])
def test_a_column_is_named_by_header_title_or_number(column: str) -> None:
    with pytest.raises(ExportError, match=r"Essay \(1\) in grades\.csv is out of 10, the assignment"):
        into_canvas([student("bob")], column=column)
    done = into_canvas([student("bob", "7/3"), student("ada", 12)], column=column, scale=True)
    assert grades(done) == ["", "10.00", "1.944444", "10", "4"]


def test_the_column_that_is_called_as_the_assignment_goes_before_one_that_holds_its_name() -> None:
    text = CANVAS.replace("Essay (1)", "Batch Normalisation (1)").replace("10.00,12.00", "12,3")
    assert into_canvas([student("bob")], text).column == "Batch Normalisation (1)"


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        (CANVAS, "Nothing", r"no column of an assignment called Nothing; --column takes Essay \(1\)"),
        (CANVAS, "Final Score", "no column of an assignment called Final Score"),
        (CANVAS.replace("Homework 2: Batch", "Layer"), None, "no column of .* fits Batch"),
        (CANVAS.replace("Essay", "Batchnorm 2"), None, "more than one column of grades.csv fits"),
        (CANVAS.replace("Homework 2: Batch normalisation", "Essay"), "Essay", "more than one column"),
        (CANVAS.replace("Section", "Group"), None, "has no column named Section"),
        ("Student,ID,Section,Final Score\n", None, "has no column of an assignment"),
        (CANVAS.replace("normalisation", "normalisations"), None, "no column of .* fits Batch"),
        (MOODLE, None, "has no column named ID; --into names what Canvas gives"),
    ],
)
def test_a_column_that_is_not_certain_is_asked_for(text: str, column: str | None, words: str) -> None:
    with pytest.raises(ExportError, match=words):
        into_canvas([student("bob")], text, column)


def test_a_sheet_of_canvas_with_semicolons_stays_one() -> None:
    text = CANVAS.replace('"A, B"', "A").replace(",", ";").replace("12.00", "12,00")
    done = into_canvas([student("340934", "1/2")], text.replace('"Smith; Bob"', '"Smith, Bob"'))
    assert rows(done, ";")[3][-1] == "0.5"


def test_without_a_maximum_there_is_nothing_to_scale_to() -> None:
    text = CANVAS.replace("    Points Possible,,,,,,10.00,12.00,(read only)\n", "")
    assert into_canvas([student("bob")], text).grades == 1
    with pytest.raises(ExportError, match=r"nothing to --scale to: .* declares no maximum"):
        into_canvas([student("bob")], text, scale=True)


def test_moodle_in_another_language() -> None:
    german = MOODLE.replace("Identifier", "ID").replace("Participant ", "Teilnehmer/in")
    german = german.replace("Grade,Maximum Grade,Grade can", "Bewertung,Bestwertung,Grade can")
    german = german.replace("12.00", '"12,00"')
    with pytest.raises(ExportError, match="has no column named Grade; --column names the one"):
        into_moodle([student("x_12")], german)
    assert grades(into_moodle([student("x_12")], german, "Bewertung")) == ["-", "6", ""]
    other = german.replace('"12,00"', '"100,00"')
    with pytest.raises(ExportError, match="out of 100, the assignment out of 12"):
        into_moodle([student("x_12")], other, "Bewertung")
    assert grades(into_moodle([student("x_12", 3)], other, "Bewertung", scale=True)) == ["-", "25", ""]


def test_a_sheet_with_two_maxima_is_refused() -> None:
    with pytest.raises(ExportError, match="more than one maximum: 10, 12"):
        into_moodle([student("ada")], MOODLE.replace("3.00,12.00", "3.00,10.00"))
