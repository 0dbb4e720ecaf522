"""The names that a platform gave to what was handed in, taken from a record as it was graded."""

from dataclasses import replace

import pytest

from grader.record import Record
from reports.handed_in import names_of


@pytest.mark.parametrize(
    ("student", "submission", "originals"),
    [
        ("bob_3", "bob_3_20_a.py and bob_LATE_3_21_b-1.py", ["a.py", "b.py"]),
        ("bob_3", "bob_3_20_this and that.py and bob_3_text.html", ["this and that.py", "text.html"]),
        ("Rock and Roll_7", "Rock and Roll_7_assignsubmission_file_", [""]),
        (
            "R and B_7",
            "R and B_7_assignsubmission_file_a.py and R and B_7_assignsubmission_onlinetext_t.html",
            ["a.py", "t.html"],
        ),
        ("bob_3", "bob_3_12_assignsubmission_file_y.py", ["assignsubmission_file_y.py"]),
        ("eve_1_2_work", "notes.py and eve_1_2_work.py", ["work.py"]),  # each name taken whole
        ("eve", "eve.py and eve.zip", []),
    ],
)
def test_each_is_taken_apart_as_it_was_read(
    records: list[Record], student: str, submission: str, originals: list[str]
) -> None:
    names = names_of(replace(records[0], student=student, submission=submission))
    assert [name.original for name in names] == originals
    assert {name.student for name in names} <= {student, "eve_1"}
