"""Two runs compared: what is a difference and what is none, whoever is in either, one record at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.record import Record, Status
from grader.store import Store
from reports.changes import Check, Comparison, Shift, Tally, Turn, Weight, compare
from suites.types import Evidence, Finding, Verdict

from ..measured import found, record, speed

DX = Finding("backward", "gradient", "dx", "ordinary", Verdict.PASS, "agrees", Fraction(1), Fraction(9, 2))
OUT = replace(DX, part="forward", check="agreement", tensor="out", points=Fraction(4))
FAILED = replace(DX, verdict=Verdict.FAIL, credit=Fraction(0), cause="values differ")
CHECK = Check("backward", "gradient", "dx", "ordinary")


def graded(student: str, *findings: Finding, **changes: object) -> Record:
    score = sum((finding.score for finding in findings), Fraction(0))
    plain = replace(record(student, *findings), score=score, max_score=Fraction(17, 2))
    return replace(plain, **changes)  # type: ignore[arg-type]


def only(old: Record, new: Record) -> Comparison:
    (compared,) = compare([old], [new])
    return compared


def test_a_class_does_not_differ_from_itself(records: list[Record]) -> None:
    ordered = sorted(records, key=lambda each: each.student.encode("utf-8", "backslashreplace"))
    compared = list(compare(ordered, ordered))
    assert [each.student for each in compared] == [each.student for each in ordered]
    assert not any(each.differs or each.resubmitted for each in compared)


@pytest.mark.parametrize(
    "change",
    [
        lambda each: replace(each, seconds=9.0, cpu_seconds=9.0, memory_bytes=9, sandbox="docker"),
        lambda each: replace(each, graded_at="2027-01-01T00:00:00+00:00", printed="x", notes=("x",)),
        lambda each: replace(each, content="f" * 64),
        lambda each: replace(each, findings=(OUT, replace(DX, cause="agrees in every case", seconds=3.0))),
        lambda each: replace(each, findings=(OUT, replace(DX, evidence=Evidence(text="x"), notes=("x",)))),
        lambda each: replace(each, findings=(OUT, DX, replace(found(speed(0.8)), points=Fraction(0)))),
        lambda each: replace(each, findings=(DX, OUT)),
    ],
    ids=["costs", "words", "content", "cause", "evidence", "figure", "order"],
)
def test_what_is_no_difference(change: Callable[[Record], Record]) -> None:
    before = graded("ada", OUT, DX)
    assert not only(before, change(before)).differs
    assert not only(change(before), before).differs


def test_a_verdict_that_changes() -> None:
    compared = only(graded("ada", OUT, DX), graded("ada", OUT, FAILED, content="f" * 64))
    assert compared.differs
    assert (compared.points, compared.resubmitted) == (Fraction(-9, 2), True)
    (change,) = compared.checks
    assert (change.check, change.points, change.reweighed) == (CHECK, Fraction(-9, 2), False)
    assert change.old is not None
    assert change.new is not None
    assert (change.old.verdict, change.new.verdict, change.new.cause) == ("pass", "fail", "values differ")


def test_credit_alone_and_points_alone() -> None:
    half = replace(DX, credit=Fraction(1, 2))
    (change,) = only(graded("ada", DX), graded("ada", half)).checks
    assert (change.points, change.reweighed) == (Fraction(-9, 4), False)
    (change,) = only(graded("ada", FAILED), graded("ada", replace(FAILED, points=Fraction(5)))).checks
    assert (change.points, change.reweighed) == (0, True)


def test_a_check_that_one_run_alone_has() -> None:
    compared = only(graded("ada", OUT), graded("ada", OUT, DX))
    (change,) = compared.checks
    assert (change.old, change.points) == (None, Fraction(9, 2))
    back = only(graded("ada", OUT, DX), graded("ada", OUT))
    assert (back.checks[0].new, back.checks[0].points) == (None, Fraction(-9, 2))


def test_checks_of_the_same_name_are_told_apart_by_their_order() -> None:
    both = graded("ada", FAILED, DX)
    assert not only(both, both).differs
    (change,) = only(both, graded("ada", DX, DX)).checks
    assert change.old is not None
    assert change.old.verdict is Verdict.FAIL


def test_who_is_not_graded_is_told_by_the_status_and_not_by_every_check() -> None:
    unreadable = graded("ada", status=Status.UNREADABLE, reason="no Python", content="e" * 64)
    compared = only(graded("ada", OUT, DX), unreadable)
    assert (compared.checks, compared.points) == ((), Fraction(-17, 2))
    assert not compared.resubmitted  # the content of what could not be read is unknown
    ours = only(graded("ada", OUT, DX), graded("ada", status=Status.INFRASTRUCTURE))
    assert ours.differs
    assert (ours.points, ours.new and ours.new.score) == (0, None)  # not known, which is no loss


def test_other_full_marks_are_a_difference() -> None:
    assert only(graded("ada", OUT), graded("ada", OUT, max_score=Fraction(9))).differs


IDS = st.sets(st.text(st.characters(codec=None), max_size=4), max_size=8)


@settings(max_examples=30, deadline=None)
@given(IDS, IDS)
def test_whoever_is_in_either_is_met_once(mine: set[str], theirs: set[str]) -> None:
    """Through the real store, whose order it is: any text, lone surrogates included."""
    with TemporaryDirectory() as folder:
        compared = list(
            compare(*(stored(Path(folder) / str(k), ids) for k, ids in enumerate((mine, theirs))))
        )
    assert sorted(each.student for each in compared) == sorted(mine | theirs)
    assert {each.student for each in compared if each.new is None} == mine - theirs
    assert {each.student for each in compared if each.old is None} == theirs - mine
    assert {each.student for each in compared if not each.differs} == mine & theirs


def stored(path: Path, students: Iterable[str]) -> list[Record]:
    with Store(path) as store:
        for student in students:
            store.add(graded(student, DX), "f")
        return list(store.latest())


def test_records_are_gone_through_one_at_a_time() -> None:
    read: list[int] = [0, 0]

    def reading(side: int) -> Iterator[Record]:
        for k in range(100):
            read[side] += 1
            yield graded(f"s{k:03}", DX)

    for number, _ in enumerate(compare(reading(0), reading(1)), 1):
        assert max(read) <= number + 1
    assert read == [100, 100]


def test_the_class_is_counted() -> None:
    before = [graded(name, OUT, DX) for name in "abcdef"]
    heavier = replace(DX, points=Fraction(5))
    after = [
        graded("a", OUT, FAILED, content="f" * 64),
        graded("b", OUT, FAILED),
        graded("c", OUT, heavier),
        graded("d", status=Status.UNREADABLE),
        graded("e", OUT, DX),
        graded("g", OUT, DX),
    ]
    tally = Tally()
    for each in compare(before, after):
        tally.add(each)
    assert tally.differs
    assert (tally.students, tally.changed.students) == (5, 4)
    assert (tally.up, tally.down, tally.resubmitted, tally.only_old, tally.only_new) == (1, 3, 1, 1, 1)
    assert tally.changed.points == -9 + Fraction(1, 2) - Fraction(17, 2)
    ((shift, extent),) = tally.shifts()
    assert shift == Shift(CHECK, Verdict.PASS, Verdict.FAIL)
    assert (extent.students, extent.points) == (2, -9)
    ((weight, extent),) = tally.weights()
    assert weight == Weight(CHECK, Fraction(9, 2), Fraction(5))
    assert (extent.students, extent.points) == (1, Fraction(1, 2))
    assert [turn for turn, _ in tally.turns()] == [Turn(Status.GRADED, Status.UNREADABLE)]


def test_what_affects_most_students_comes_first_then_most_points() -> None:
    out = replace(OUT, verdict=Verdict.FAIL, credit=Fraction(0))
    raised = replace(OUT, verdict=Verdict.ERROR, credit=Fraction(1, 2))
    before = [graded(name, OUT, DX) for name in "abcd"]
    after = [
        graded("a", raised, DX),
        graded("b", out, FAILED),
        graded("c", OUT, FAILED),
        graded("d", OUT, DX),
    ]
    tally = Tally()
    for each in compare(before, after):
        tally.add(each)
    told = [(shift.check.tensor, shift.new, extent.students) for shift, extent in tally.shifts()]
    assert told == [("dx", "fail", 2), ("out", "fail", 1), ("out", "error", 1)]


def test_a_class_in_which_nobody_differs_is_counted_as_such() -> None:
    tally = Tally()
    for each in compare([], []):
        tally.add(each)
    assert not tally.differs
    for each in compare([graded("a", DX)], []):
        tally.add(each)
    assert tally.differs
