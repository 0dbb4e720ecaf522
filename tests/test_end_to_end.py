"""The example classes, through the command line's own path: one at every level that works here.

`assignments/*/expected.json` says what each submission must get: status, score, why it is not graded, and
every finding that is not a plain pass. The same verdicts and points come from every sandbox and every seed.

Between them the two classes show every verdict that a submission can bring about. `inconclusive` and
`infrastructure-error` are ours: no submission can cause them, and one that could would be a bug.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import assay
import assignments
from grader.record import Record, Status
from grader.sandbox.levels import Level
from grader.store import Store
from suites.types import Finding, Verdict

from .proofs import proof_of

ASSIGNMENTS = ("batchnorm", "mlp")
EXPECTED: dict[str, dict[str, Any]] = {
    name: json.loads((assignments.find(name) / "expected.json").read_text(encoding="utf-8"))
    for name in ASSIGNMENTS
}
# Where nothing confines it, a submission can read files and end in another way: the class is for the others.
LEVELS = [level.name for level in Level if level is not Level.process and proof_of(level).works]
CAUSED_BY_US = {Verdict.INCONCLUSIVE, Verdict.INFRASTRUCTURE}
# Long enough for every honest answer on a busy machine; what hangs costs it twice for each function.
TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Graded:
    """A class, graded once."""

    assignment: str
    run: Path
    records: dict[str, Record]

    @property
    def expected(self) -> dict[str, Any]:
        return EXPECTED[self.assignment]


# What a level is for, a crash or a hang or a socket, is in the class of batchnorm; that of mlp is for forms,
# habits and mistakes, which are the same everywhere: it is graded in forks, and in forks inside a container.
CLASSES = [
    (name, level)
    for level in LEVELS
    for name in ASSIGNMENTS
    if name == "batchnorm" or level in ("namespace", "docker_shared")
]
LEVELS_OF_MLP = [level for name, level in CLASSES if name == "mlp"]


@pytest.fixture(scope="module")
def grade_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Graded]:
    @cache
    def grade(name: str, level: str) -> Graded:
        run = tmp_path_factory.mktemp(f"{name}-{level}") / "run"
        seed = run.parent / "seed"
        seed.write_bytes(level.encode().ljust(32, b"."))  # another seed at each level
        handed_in = assignments.find(name) / "class"
        assay.grade(name, handed_in, run, sandbox=level, seed_file=seed, trust=True, timeout=TIMEOUT_S)
        with Store(run / "results.sqlite", create=False) as store:
            return Graded(name, run, {record.student: record for record in store.latest()})

    return grade


@pytest.fixture(params=CLASSES, ids="-".join)
def graded(request: pytest.FixtureRequest, grade_once: Callable[[str, str], Graded]) -> Graded:
    return grade_once(*request.param)


def is_plain(finding: Finding) -> bool:
    return finding.verdict is Verdict.PASS and finding.diagnosis is None and finding.credit == 1


def told(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": finding.verdict.value,
        "diagnosis": finding.diagnosis.id if finding.diagnosis else "",
        "score": float(finding.score),
    }


def found(record: Record) -> dict[str, dict[str, Any]]:
    return {f"{f.part}/{f.tensor}/{f.tier}": told(f) for f in record.findings if f.points and not is_plain(f)}


def test_some_level_works_here() -> None:
    assert LEVELS


def test_every_submission_is_there(graded: Graded) -> None:
    assert sorted(graded.records) == sorted(graded.expected)


def each_student() -> list[Any]:
    return [
        pytest.param((name, level), student, id=f"{name}-{level}-{student}")
        for name, level in CLASSES
        for student in EXPECTED[name]
    ]


@pytest.mark.parametrize(("graded", "student"), each_student(), indirect=["graded"])
def test_they_get_what_they_deserve(graded: Graded, student: str) -> None:
    record, expected = graded.records[student], graded.expected[student]
    assert record.status.value == expected["status"], record.reason
    assert record.reason == expected.get("reason", "")
    assert found(record) == expected["findings"]
    assert record.score == sum((f.score for f in record.findings), Fraction(0))
    assert float(record.score) == pytest.approx(expected["score"], abs=1e-9)


def test_points_add_up(graded: Graded) -> None:
    for record in graded.records.values():
        if record.status is Status.GRADED:
            assert sum(f.points for f in record.findings) == record.max_score == 20
        else:
            assert record.score == 0
            assert not record.findings


def test_the_same_work_gets_the_same(graded: Graded) -> None:
    by_content: dict[str, list[Record]] = {}
    for record in graded.records.values():
        by_content.setdefault(record.content, []).append(record)
    for first, *others in by_content.values():
        for other in others:
            assert found(other) == found(first)
            assert (other.status, other.score) == (first.status, first.score)


def test_a_copy_in_an_archive_is_a_copy(grade_once: Callable[[str, str], Graded]) -> None:
    records = grade_once("mlp", LEVELS_OF_MLP[0]).records
    assert records["anna_kowalska"].content == records["ruth_meyer"].content


def test_each_finding_that_is_off_says_why(graded: Graded) -> None:
    for record in graded.records.values():
        assert record.reason or record.status is Status.GRADED
        for finding in record.findings:
            assert finding.cause or finding.verdict is Verdict.PASS, (record.student, finding.part)


def test_everything_is_written(graded: Graded) -> None:
    rows = (graded.run / "gradebook.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + len(graded.expected)
    for record in graded.records.values():
        for name in (
            f"results/{record.slug}.json",
            f"student/{record.slug}.json",
            f"report/students/{record.slug}.html",
            f"feedback/{record.slug}.html",
        ):
            assert (graded.run / name).is_file(), name


def test_what_was_printed_is_kept_and_inert(grade_once: Callable[[str, str], Graded]) -> None:
    for level in LEVELS:
        graded = grade_once("batchnorm", level)
        mallory = graded.records["mallory_finch"]
        assert "<script>" in mallory.printed
        page = (graded.run / "report" / "students" / f"{mallory.slug}.html").read_text("utf-8")
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
        assert "\x1b" not in page


def test_of_what_is_printed_without_end_the_beginning_is_kept(
    grade_once: Callable[[str, str], Graded],
) -> None:
    for level in LEVELS_OF_MLP:
        zoe = grade_once("mlp", level).records["zoe_martin"]
        assert "1000000 [" in zoe.printed
        assert zoe.printed_dropped > 0


# --------------------------------------------------------------------------- the tables themselves


def test_every_verdict_that_a_submission_can_cause_is_shown() -> None:
    shown = {
        finding["verdict"]
        for table in EXPECTED.values()
        for expected in table.values()
        for finding in expected["findings"].values()
    }
    assert shown | {"pass"} == {verdict.value for verdict in set(Verdict) - CAUSED_BY_US}


def test_every_form_of_handing_in_is_shown() -> None:
    forms = {
        "".join(path.suffixes) or "folder"
        for name in ASSIGNMENTS
        for path in (assignments.find(name) / "class").iterdir()
        if path.name != "__pycache__"
    }
    assert forms == {".py", ".ipynb", ".zip", ".tar.gz", ".tgz", "folder"}


def test_enough_of_the_class_is_right() -> None:
    for table in EXPECTED.values():
        assert sum(not expected["findings"] and expected["score"] == 20 for expected in table.values()) >= 6
