"""The results file: append-only, the latest first, and readable whatever happened to who wrote it."""

import math
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from grader.record import PartOutline, Record, RunInfo, Status
from grader.store import SCHEMA, Store, StoreError, read_info, write_info
from suites.measurement import Baseline, Measurement
from suites.types import Diagnosis, Evidence, Finding, Verdict

FINDING = Finding(
    part="backward",
    check="gradient",
    tensor="dx",
    tier="ordinary",
    verdict=Verdict.FAIL,
    cause="values differ",
    credit=Fraction(1, 3),
    points=Fraction(18, 5),
    diagnosis=Diagnosis("wrong by a factor", "bn.half", "You halve it", "Why 2?", "deck:3"),
    evidence=Evidence(
        "dx",
        "nominal",
        "nominal-0",
        False,
        (2, 3),
        (1, 0),
        0.5,
        math.inf,
        math.nan,
        12,
        3,
        ((0.0, 1.0),),
        "x\ud800",
    ),
    notes=("float32 in, float64 out",),
    seconds=0.25,
    measurement=Measurement(
        quantity="speed",
        value=1.5,
        low=1.4,
        high=1.6,
        n=18,
        unit="x the reference's CPU time",
        better="lower",
        scale="log",
        band=0.05,
        device="x86-64",
        suite="1",
        flags=("noisy",),
        baselines=(Baseline("naive loops", 9.0, 8.5, 9.5),),
        details={"wall_ratio": 1.5},
    ),
)
RECORD = Record(
    student="alice",
    submission="alice.py",
    slug="alice",
    content="c1",
    status=Status.GRADED,
    reason="",
    score=Fraction(6, 5),
    max_score=Fraction(10),
    findings=(FINDING, replace(FINDING, tensor="dgamma", diagnosis=None, evidence=Evidence())),
    notes=("a note",),
    printed="hello \x1b[31m \0",
    seconds=1.5,
    sandbox="namespace",
    graded_at="2026-11-21T10:00:00+00:00",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


def test_what_is_added_comes_back_as_it_was(path: Path) -> None:
    with Store(path) as store:
        store.add(RECORD, "f1")
        (record,) = store.latest()
    assert repr(record) == repr(RECORD)  # nan is not equal to itself
    with Store(path, create=False) as store:
        assert [repr(each) for each in store.latest()] == [repr(RECORD)]


def test_the_latest_attempt_of_each_student_in_order(path: Path) -> None:
    with Store(path) as store:
        for student, score in (("bob", 1), ("alice", 2), ("bob", 3), ("Zoe", 4), ("bob", 0)):
            store.add(replace(RECORD, student=student, score=Fraction(score)), "f1")
        assert [(r.student, r.score) for r in store.latest()] == [("Zoe", 4), ("alice", 2), ("bob", 0)]
        assert store.counts() == {**dict.fromkeys(map(str, Status), 0), "graded": 3}


def test_the_latest_attempt_of_one_student_by_id_or_slug(path: Path) -> None:
    with Store(path) as store:
        store.add(replace(RECORD, student="bob", slug="bob-1", score=Fraction(1)), "f1")
        store.add(replace(RECORD, student="bob-1", slug="bob-1-2", score=Fraction(2)), "f1")
        store.add(replace(RECORD, student="bob", slug="bob-1", score=Fraction(3)), "f2")
        for whose, score, fingerprint in (("bob", 3, "f2"), ("bob-1", 2, "f1"), ("bob-1-2", 2, "f1")):
            found = store.latest_of(whose)
            assert found is not None
            assert (found[0].score, found[1]) == (score, fingerprint)
            assert found[0].findings[1] == RECORD.findings[1]
        assert store.latest_of("alice") is None


def test_done_leaves_out_what_must_be_graded_again(path: Path) -> None:
    with Store(path) as store:
        store.add(RECORD, "f1")
        store.add(replace(RECORD, student="bob", status=Status.UNREADABLE, content="u"), "f1")
        store.add(replace(RECORD, student="carol", status=Status.INFRASTRUCTURE), "f1")
        store.add(replace(RECORD, student="dave"), "f0")
        store.add(replace(RECORD, student="erin"), "f1")
        store.add(replace(RECORD, student="erin", content="c2"), "f1")
        assert store.done("f1") == {("alice", "c1"), ("bob", "u"), ("erin", "c2")}
        assert store.students(Status.INFRASTRUCTURE) == ["carol"]


def test_the_same_content_is_found_under_the_same_fingerprint(path: Path) -> None:
    with Store(path) as store:
        store.add(replace(RECORD, status=Status.INFRASTRUCTURE), "f1")
        assert store.find("c1", "f1") is None
        first = store.add(RECORD, "f1")
        assert store.last_attempt() == first == 2
        assert store.find("c1", "f2") is None
        found = store.find("c1", "f1")
        assert found is not None
        assert found.findings[1] == RECORD.findings[1]
        assert store.find("c1", "f1", since=first) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attempts SET score = '10'",
        "DELETE FROM attempts",
        "UPDATE findings SET credit = '1'",
        "DELETE FROM findings",
        "INSERT OR REPLACE INTO attempts SELECT * FROM attempts",
        "INSERT OR REPLACE INTO findings SELECT * FROM findings",
        "REPLACE INTO attempts SELECT * FROM attempts",
    ],
)
def test_nothing_written_can_be_changed(path: Path, statement: str) -> None:
    with Store(path) as store:
        store.add(RECORD, "f1")
    database = sqlite3.connect(path)
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        database.execute(statement)
    database.close()


def test_who_is_forgotten_is_in_no_byte_and_nobody_else_is_touched(path: Path) -> None:
    """Rows of many sizes, added in turn: pages split, and copies of rows stay in their unused parts."""
    others = [f"other-{k}" for k in range(40)]
    with Store(path) as store:
        store._database.execute(
            "PRAGMA secure_delete = OFF"
        )  # as some builds of SQLite have it, and some not
        for k, student in enumerate(others):
            theirs = replace(RECORD, student="ada-lovelace", printed=f"ada-lovelace {'x' * (97 * k)}")
            assert store.add(theirs, "f1") == 2 * k + 1
            store.add(replace(RECORD, student=student), "f1")
        kept = [repr(each) for each in store.latest() if each.student != "ada-lovelace"]
        assert store.forget("ada-lovelace") == 40
        assert [repr(each) for each in store.latest()] == kept
        assert set(store.slugs()) == set(others)
        assert store.forget("ada-lovelace") == 0
        for file in path.parent.iterdir():  # the log, too, while it is open
            assert b"ada-lovelace" not in file.read_bytes(), file
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM findings").fetchone() == (80,)


def test_a_file_that_has_forgotten_is_guarded_and_is_ours_as_before(path: Path) -> None:
    def schema() -> list[object]:
        with closing(sqlite3.connect(path)) as database:
            return database.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()

    with Store(path) as store:
        store.add(RECORD, "f1")
        store.add(replace(RECORD, student="bob"), "f1")
    before = schema()
    with Store(path) as store:
        store.forget("alice")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store._database.execute("DELETE FROM attempts")
    assert schema() == before


def test_forgetting_is_all_or_nothing(path: Path) -> None:
    with Store(path) as store:
        store.add(RECORD, "f1")
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), store._forgetting():
            store._database.execute("DELETE FROM attempts")  # and not what they found
        assert [repr(each) for each in store.latest()] == [repr(RECORD)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store._database.execute("DELETE FROM findings")


def test_somebody_who_reads_keeps_what_is_forgotten_and_that_is_said(path: Path) -> None:
    with Store(path) as store, closing(sqlite3.connect(path)) as reader:
        store.add(RECORD, "f1")
        store._database.execute("PRAGMA busy_timeout = 0")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM attempts").fetchone()
        with pytest.raises(StoreError, match=r"somebody reads .*: wait for them, then do the same again"):
            store.forget("alice")
        reader.execute("ROLLBACK")
        assert store.forget("alice") == 0
        assert all(b"alice" not in file.read_bytes() for file in path.parent.iterdir())


def test_a_submission_is_added_whole_or_not_at_all(path: Path) -> None:
    broken = replace(FINDING, cause=object())  # type: ignore[arg-type] # no column can hold it
    with Store(path) as store:
        with pytest.raises(sqlite3.Error):
            store.add(replace(RECORD, findings=(FINDING, broken)), "f1")
        assert store.last_attempt() == 0
        store.add(RECORD, "f1")
        assert store.last_attempt() == 1


def test_a_disk_that_is_full_is_said_to_be(path: Path) -> None:
    with Store(path) as store:
        store.add(RECORD, "f1")
        store._database.execute("PRAGMA max_page_count = 1")  # no more than there are
        with pytest.raises(StoreError, match=r"results.sqlite cannot be written: database or disk is full"):
            store.add(replace(RECORD, printed="x" * 100_000), "f1")
        store._database.execute("PRAGMA max_page_count = 1000")
        assert store.add(RECORD, "f1") == 2


def test_who_cannot_write_beside_another_is_told_so(path: Path) -> None:
    with Store(path) as store, Store(path) as other:
        other._database.execute("PRAGMA busy_timeout = 0")
        with store._transaction(), pytest.raises(StoreError, match="cannot be written: database is locked"):
            other.add(RECORD, "f1")
        assert other.add(RECORD, "f1") == 1


def test_findings_can_be_asked_in_sql(path: Path) -> None:
    with Store(path) as store:
        store.add(RECORD, "f1")
    database = sqlite3.connect(path)
    rows = database.execute(
        "SELECT student, part, \"check\", tensor, verdict, points, json_extract(diagnosis, '$.id')"
        " FROM latest JOIN findings ON attempt = id ORDER BY position"
    ).fetchall()
    database.close()
    assert rows[0] == ("alice", "backward", "gradient", "dx", "fail", "18/5", "bn.half")


# --------------------------------------------------------------------------- files that are not ours


def test_results_that_are_not_there(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no results file"):
        Store(path, create=False)
    assert not path.exists()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(path / "no" / "folder")


def test_results_where_nothing_can_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a read-only folder, SQLite finds no place for its log; the file is a results file all the same."""

    def refuse(_: Store) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Store, "_prepare", refuse)
    with pytest.raises(StoreError, match=r"cannot be used: attempt to write a readonly database"):
        Store(path)


def test_a_file_of_something_else(path: Path) -> None:
    path.write_text("student,score\n" * 100)
    with pytest.raises(StoreError, match="is no results file"):
        Store(path)
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE songs (title TEXT)")
    database.close()
    with pytest.raises(StoreError, match="is no results file of Assay"):
        Store(path)
    assert "songs" in path.read_bytes().decode("latin-1")


def test_a_file_that_is_damaged_within(path: Path) -> None:
    with Store(path) as store:
        for n in range(40):
            store.add(replace(RECORD, student=f"s{n}", printed="x" * 4000), "f1")
    whole = path.read_bytes()
    path.write_bytes(whole[:20_000] + b"\xff" * 100_000 + whole[120_000:])
    with (
        pytest.raises(StoreError, match=r"results.sqlite is damaged: database disk image is malformed"),
        Store(path, create=False) as store,
    ):
        list(store.latest())


def test_a_newer_schema(path: Path) -> None:
    Store(path).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    database.close()
    with pytest.raises(StoreError, match="newer Assay"):
        Store(path)


@pytest.mark.parametrize("prepared", ["", "PRAGMA journal_mode = WAL"])
def test_a_file_cut_off_before_its_tables_is_begun_again(path: Path, prepared: str) -> None:
    database = sqlite3.connect(path)
    database.execute(prepared)
    database.close()
    with Store(path) as store:
        assert store.last_attempt() == 0


# --------------------------------------------------------------------------- killed

_WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from grader.store import Store
from grader.record import Record, Status
from fractions import Fraction
from tests.grader.test_store import RECORD

with Store(Path(sys.argv[1])) as store:
    for number in range(100_000):
        store.add(replace(RECORD, student=f"s{number:06}"), "f1")
        print(number, flush=True)
"""


def test_a_kill_leaves_every_committed_attempt_readable(path: Path) -> None:
    root = Path(__file__).parents[2]
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, path], stdout=subprocess.PIPE, cwd=root, text=True
    )
    assert writer.stdout is not None
    told = [int(writer.stdout.readline()) for _ in range(50)]
    writer.send_signal(signal.SIGKILL)
    told += [int(line) for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    with Store(path, create=False) as store:
        records = list(store.latest())
        store.add(RECORD, "f1")
    assert len(records) in (len(told), len(told) + 1)  # committed, and killed before it said so
    assert all(len(record.findings) == 2 for record in records)


def test_a_reader_sees_results_while_they_are_written(path: Path) -> None:
    with Store(path) as writer, Store(path) as reader:
        writer.add(RECORD, "f1")
        assert [record.student for record in reader.latest()] == ["alice"]


# --------------------------------------------------------------------------- run.json

INFO = RunInfo(
    assignment="batchnorm",
    title="Batch normalisation",
    assignment_hash="a",
    assay_version="1",
    numpy_version="2",
    python_version="3",
    seed_commitment="s",
    sandbox="namespace",
    host="h",
    started="2026",
    ended="",
    max_score=Fraction(21, 2),
    parts=(PartOutline("forward", "Forward", Fraction(4), (("out", Fraction(4)),)),),
    counts={"graded": 2},
)


def test_run_json_comes_back(tmp_path: Path) -> None:
    assert read_info(tmp_path) is None
    write_info(tmp_path, INFO)
    write_info(tmp_path, replace(INFO, ended="2027"))
    assert read_info(tmp_path) == replace(INFO, ended="2027")
    assert os.listdir(tmp_path) == ["run.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"parts": 3}'])
def test_a_damaged_run_json_is_said_to_be(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(StoreError, match=r"run\.json is damaged"):
        read_info(tmp_path)
