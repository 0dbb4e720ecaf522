"""Who is told how far long work is."""

from assay.progress import SILENT, one_by_one
from grader.batch import Tally


class Heard:
    def __init__(self) -> None:
        self.totals: list[int] = []

    def say(self, text: str) -> None:
        raise AssertionError(text)

    def graded(self, tally: Tally) -> None:
        raise AssertionError(tally)

    def wrote(self, total: int) -> None:
        self.totals.append(total)


def test_each_student_is_told_of_when_they_are_done() -> None:
    heard = Heard()
    students = one_by_one("ab", 2, heard)
    assert next(students) == "a"
    assert heard.totals == []
    assert list(students) == ["b"]
    assert heard.totals == [2, 2]
    assert list(one_by_one(iter("ab"), 2, SILENT)) == ["a", "b"]
