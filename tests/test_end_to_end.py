"""The example class of batchnorm, through the command line's own path, at every level that works here.

`assignments/batchnorm/expected.json` says what each submission must get: status, score, and every finding
that is not a plain pass. The same verdicts and points come from every sandbox and every seed.
"""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import assay
import assignments
from grader.record import Record
from grader.sandbox.levels import Level
from grader.sandbox.selftest import prove
from grader.store import Store
from suites.types import Finding, Verdict

BATCHNORM = assignments.find("batchnorm")
EXPECTED: dict[str, Any] = json.loads((BATCHNORM / "expected.json").read_text(encoding="utf-8"))
# Where nothing confines it, a submission can read files and end in another way: the class is for the others.
LEVELS = [level.name for level in Level if level is not Level.process]


@pytest.fixture(scope="module", params=LEVELS)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    proof = prove(Level[request.param])
    if not proof.works:
        pytest.skip(proof.why)
    run = tmp_path_factory.mktemp(request.param) / "run"
    seed = run.parent / "seed"
    seed.write_bytes(request.param.encode().ljust(32, b"."))  # another seed at each level
    assay.grade("batchnorm", BATCHNORM / "class", run, sandbox=request.param, seed_file=seed, trust=True)
    yield run


@pytest.fixture(scope="module")
def records(graded: Path) -> dict[str, Record]:
    with Store(graded / "results.sqlite", create=False) as store:
        return {record.student: record for record in store.latest()}


def is_plain(finding: Finding) -> bool:
    return finding.verdict is Verdict.PASS and finding.diagnosis is None


def told(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": finding.verdict.value,
        "diagnosis": finding.diagnosis.id if finding.diagnosis else "",
        "score": float(finding.score),
    }


def found(record: Record) -> dict[str, dict[str, Any]]:
    return {f"{f.part}/{f.tensor}/{f.tier}": told(f) for f in record.findings if f.points and not is_plain(f)}


def test_every_submission_is_there(records: dict[str, Record]) -> None:
    assert sorted(records) == sorted(EXPECTED)


@pytest.mark.parametrize("student", EXPECTED)
def test_it_gets_what_it_deserves(student: str, records: dict[str, Record]) -> None:
    record, expected = records[student], EXPECTED[student]
    assert record.status.value == expected["status"], record.reason
    assert found(record) == expected["findings"]
    assert record.score == sum((f.score for f in record.findings), Fraction(0))
    assert float(record.score) == pytest.approx(expected["score"], abs=1e-9)


def test_what_was_printed_is_kept_and_inert(graded: Path, records: dict[str, Record]) -> None:
    assert "<script>" in records["mallory_finch"].printed
    page = (graded / "report" / "students" / f"{records['mallory_finch'].slug}.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_everything_is_written(graded: Path, records: dict[str, Record]) -> None:
    rows = (graded / "gradebook.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + len(EXPECTED)
    for record in records.values():
        for name in (
            f"results/{record.slug}.json",
            f"student/{record.slug}.json",
            f"report/students/{record.slug}.html",
            f"feedback/{record.slug}.html",
        ):
            assert (graded / name).is_file(), name
