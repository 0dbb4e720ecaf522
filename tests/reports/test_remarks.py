"""What the instructor is told of a submission that is no verdict."""

from fractions import Fraction

import pytest

from grader.record import Record, Status
from reports.remarks import with_lateness

ON_TIME, LATE = "bob_1_2_layer.py", "bob_LATE_1_3_helper.py"


def record(student: str, submission: str) -> Record:
    return Record(student, submission, "bob", "", Status.GRADED, "", Fraction(1), Fraction(1), remarks=("x",))


@pytest.mark.parametrize(
    "submission",
    [LATE, f"{ON_TIME} and {LATE}", f"{LATE} and {ON_TIME}", f"{LATE}_9_assignsubmission_file_x.py"],
)
def test_what_canvas_calls_late_is_remarked_on(submission: str) -> None:
    late = with_lateness(record("bob_1", submission))
    assert late.remarks == ("handed in late, by what Canvas calls it", "x")
    assert (late.score, late.notes) == (1, ())


@pytest.mark.parametrize(
    ("student", "submission"),
    [("bob_1", ON_TIME), ("bob", "bob_LATE.py"), ("bob_LATE_1_3_helper", LATE), ("bob", "LATE")],
)
def test_nothing_else_is(student: str, submission: str) -> None:
    assert with_lateness(record(student, submission)).remarks == ("x",)
