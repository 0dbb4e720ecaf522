"""Who handed in the same has the same figures, whatever cuts the timing off. A stand-in measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import assignments
from grader.bench_class import TimedClass
from grader.intake import Submission, discover
from grader.record import Record
from grader.store import Store
from suites.speed import CHECK as SPEED
from suites.speed import OVERALL, PART, Session, unmeasured
from suites.turns import NotMeasured
from suites.types import Finding, Verdict

from .. import measured


@dataclass(frozen=True)
class Plan:
    fingerprint: str = "f1"
    submit: str = "product.py"


class Counting:
    """Gives each submission that it measures another figure."""

    def __init__(self) -> None:
        self.count = 0

    def measure(self, submission: Submission, right: Callable[[Any], bool]) -> list[Finding]:
        self.count += 1
        return [replace(measured.found(measured.speed(float(self.count)), OVERALL), part=PART, check=SPEED)]


ASSIGNMENT = '''
from suites import Assignment, Op, Part, Workload, agreement, regime


@regime(public=True)
def numbers(rng):
    """A number."""
    return {"x": rng.normal(size=1)}


op = Op(forward="product", oracle=lambda x: x, args=("x",), regimes=(numbers,))
assignment = Assignment(
    title="A product",
    submit="product.py",
    parts=(Part("product", op, (agreement(out=1),)),),
    workloads=(Workload("product", op, lambda rng, n: {"x": rng.normal(size=n)}, 4, float, "right.py"),),
)
'''


class Class:
    """A class that is graded and right: some with the same content."""

    def __init__(self, folder: Path, **handed_in: str) -> None:
        self.folder = folder
        for name, text in {"assignment.py": ASSIGNMENT, "handout.md": "A product.\n"}.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.declared = assignments.load(folder)
        (folder / "class").mkdir()
        for student, text in handed_in.items():
            (folder / "class" / f"{student}.py").write_text(text, encoding="utf-8")
        self.store = Store(folder / "results.sqlite")
        self.found = discover(folder / "class", "product.py")
        for each in self.found:
            self.graded(each.student)

    def graded(self, student: str) -> None:
        """As a batch leaves it: right, and without a figure."""
        (each,) = (each for each in self.found if each.student == student)
        submission = each.read("product.py")
        right = replace(
            measured.found(measured.speed(None), "out"), part="product", check="", measurement=None
        )
        record = replace(measured.record(student, right), content=submission.content)
        self.store.add(record, "f1")

    def timed(self, only: str = "") -> TimedClass:
        chosen = [each for each in self.found if only in ("", each.student)]
        return TimedClass(self.declared, Plan(), self.store, chosen)  # type: ignore[arg-type]

    def figures(self) -> dict[str, float | None]:
        return {record.student: _figure(record) for record in self.store.latest()}


def _figure(record: Record) -> float | None:
    found = [finding.measurement for finding in record.findings if finding.check == SPEED]
    return found[0].value if found and found[0] is not None else None


def ignore(tally: object) -> None:
    """What progress is told."""


def test_who_handed_in_the_same_is_timed_once(tmp_path: Path) -> None:
    course, session = Class(tmp_path, ada="one", bob="one", cleo="two"), Counting()
    timed = course.timed()
    assert timed.waiting == 2
    timed.run(session, ignore)  # type: ignore[arg-type]
    assert course.figures() == {"ada": 1.0, "bob": 1.0, "cleo": 2.0}
    assert course.timed().waiting == 0
    assert len({record.graded_at for record in course.store.latest() if record.student != "cleo"}) == 1


def test_cut_off_between_two_who_handed_in_the_same_both_get_one_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course, session = Class(tmp_path, ada="one", bob="one"), Counting()
    add, added = course.store.add, []

    def interrupted(record: Record, fingerprint: str) -> int:
        if added:
            raise KeyboardInterrupt
        added.append(record.student)
        return add(record, fingerprint)

    timed = course.timed()
    with monkeypatch.context() as patch:
        patch.setattr(course.store, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            timed.run(session, ignore)  # type: ignore[arg-type]
    assert sorted(course.figures().values(), key=str) == [1.0, None]
    assert course.timed().waiting == 0
    assert course.figures() == {"ada": 1.0, "bob": 1.0}


def test_one_alone_is_timed_for_all_who_handed_in_the_same(tmp_path: Path) -> None:
    course, session = Class(tmp_path, ada="one", bob="one"), Counting()
    course.timed(only="ada").run(session, ignore)  # type: ignore[arg-type]
    assert course.figures() == {"ada": 1.0, "bob": 1.0}
    course.graded("bob")  # again, by force: it is timed again, and so is ada's
    timed = course.timed()
    assert timed.waiting == 1
    timed.run(session, ignore)  # type: ignore[arg-type]
    assert course.figures() == {"ada": 2.0, "bob": 2.0}


def test_what_failed_on_our_side_is_timed_again(tmp_path: Path) -> None:
    course, session = Class(tmp_path, ada="one"), Counting()
    (record,) = course.store.latest()
    why = NotMeasured(Verdict.INFRASTRUCTURE, "the reference failed beside it")
    ours = unmeasured(OVERALL, why, Session("a machine", True, 1.0, {}, {}))
    course.store.add(replace(record, findings=(*record.findings, ours)), "f1")
    assert course.timed().waiting == 1
    course.timed().run(session, ignore)  # type: ignore[arg-type]
    assert course.figures() == {"ada": 1.0}
