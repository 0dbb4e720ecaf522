"""What a board lets in: a run as we write it, and nothing that a hostile or broken job could make of it."""

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.admission import NotAdmittedError, admit
from grader.store import Store
from suites.measurement import Baseline
from suites.types import Verdict

from ..measured import accuracy, found, info, record, speed, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(
        tmp_path / "run", [record("ada", found(speed(0.8))), record("bob", found(accuracy(97.1), "train"))]
    )


def refused(run: Path) -> str:
    """The one sentence."""
    with pytest.raises(NotAdmittedError) as error:
        admit(run)
    said = str(error.value)
    assert said.startswith(f"{run} is not let onto a board: ")
    assert "\n" not in said
    return said.removeprefix(f"{run} is not let onto a board: ")


def tamper(run: Path, statement: str, *values: object) -> None:
    """Change the results as whoever got hold of the job could: the guards are dropped and put back."""
    with sqlite3.connect(run / "results.sqlite") as database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(statement, values)
        for _, sql in guards:
            database.execute(sql)
    database.close()


def test_what_was_measured_comes_as_it_was(run: Path) -> None:
    admitted = admit(run)
    assert (admitted.assignment, admitted.title) == ("conv", "Convolution")
    assert admitted.seed == info().seed_commitment
    ada, bob = admitted.measured
    assert (ada.student, ada.what, ada.verdict) == ("ada", "conv_forward", Verdict.PASS)
    assert ada.measurement == replace(speed(0.8), details={})
    assert bob.measurement.value == 97.1
    assert not list(run.glob("results.sqlite-*"))


def test_what_does_not_stand_is_let_in_as_such(tmp_path: Path) -> None:
    run = write_run(
        tmp_path / "run",
        [
            record("ada", found(speed(None), verdict=Verdict.INCONCLUSIVE)),
            record("bob", found(speed(0.1, flags=("implausible",)))),
        ],
    )
    ada, bob = admit(run).measured
    assert (ada.measurement.value, ada.verdict) == (None, Verdict.INCONCLUSIVE)
    assert bob.measurement.flags == ("implausible",)


def test_each_students_latest_attempt_counts(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [record("ada", found(speed(v)), code=str(v)) for v in (0.8, 0.9)])
    (ada,) = admit(run).measured
    assert ada.measurement.value == 0.9


# --------------------------------------------------------------------------- fields

PLAIN = {**asdict(speed(0.8)), "baselines": [], "flags": [], "details": {}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": "nan"}, "value is no finite number"),
        ({"value": True}, "value is no finite number"),
        ({"value": 10**400}, "value is no finite number"),
        ({"value": 1e13}, "value is no finite number"),
        ({"value": 0.2}, "the value 0.2 is not between"),
        ({"value": None}, "value, low and high must all be there, or none of them"),
        ({"low": -0.5}, "-0.5 to "),
        ({"value": 1.0, "low": 1e-300, "high": 1e12}, "1e-300 to 1e+12 are no ratios between"),
        ({"band": 50.0}, "band is 50, and neither 0 nor from 1e-06 to 1"),
        ({"band": 5e-324}, "band is"),
        ({"suite": "²"}, "suite is not of the form"),
        ({"n": 0}, "n is no whole number"),
        ({"n": 2.5}, "n is no whole number"),
        ({"quantity": "glory"}, "quantity is none of speed, accuracy"),
        ({"better": "mine"}, "better is none of lower, higher"),
        ({"scale": "cubic"}, "scale is none of log, linear"),
        ({"official": 1}, "official is none of True, False"),
        ({"band": -1}, "band is no finite number from 0"),
        ({"unit": " "}, "unit is no text of 1 to 80 characters"),
        ({"device": "x" * 121}, "device is no text of 1 to 120 characters"),
        ({"suite": 7}, "suite is not of the form"),
        ({"unit": "\ud800"}, "unit is no Unicode text"),
        ({"flags": "all"}, "flags is no list"),
        ({"flags": [None]}, "a flag is no text"),
        ({"baselines": [7]}, "a baseline is no object"),
        (
            {"baselines": [{"name": "b", "value": 1, "low": 2, "high": 3}]},
            "the value 1 is not between 2 and 3",
        ),
        ({"baselines": [{"name": "b", "value": 1, "low": 1}]}, "high is missing"),
    ],
)
def test_a_measurement_that_is_none_is_refused(run: Path, changes: dict[str, Any], says: str) -> None:
    tamper(run, "UPDATE findings SET measurement = ?", json.dumps({**PLAIN, **changes}))
    assert f"measurement 1 in results.sqlite: {says}" in refused(run)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"value": NaN}', "[" * 100_000, '"x"'])
def test_what_is_no_json_is_refused(run: Path, text: str) -> None:
    tamper(run, "UPDATE findings SET measurement = ?", text)
    assert "measurement" in refused(run)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE attempts SET student = ''", "student is no text"),
        ("UPDATE attempts SET student = zeroblob(8)", "student is no text"),
        ("UPDATE attempts SET student = cast(x'ff' AS TEXT)", "results.sqlite is damaged"),
        ("UPDATE attempts SET content = '../../etc'", "content is not of the form"),
        ("UPDATE attempts SET started = 'yesterday'", "started is not of the form"),
        ("UPDATE attempts SET started = '2026-13-01T00:00:00+00:00'", "month must be in 1..12"),
        ("UPDATE attempts SET started = '2999-01-01T00:00:00+00:00'", "has not come yet"),
        ("UPDATE findings SET verdict = 'splendid'", "verdict is none of pass, fail"),
        ("UPDATE findings SET tensor = hex(zeroblob(99))", "tensor is no text of 1 to 80 characters"),
        ("UPDATE findings SET measurement = zeroblob(20000000)", "results.sqlite is damaged"),
        ("CREATE VIEW more AS SELECT 1", "has other tables than this Assay writes"),
        ("CREATE TRIGGER t AFTER INSERT ON attempts BEGIN SELECT 1; END", "has other tables"),
        ("DROP VIEW latest", "has other tables"),
    ],
)
def test_results_that_are_not_as_we_write_them_are_refused(run: Path, statement: str, says: str) -> None:
    tamper(run, statement)
    assert says in refused(run)


def test_a_view_that_says_something_else_is_refused(run: Path) -> None:
    tamper(run, "DROP VIEW latest")
    tamper(run, "CREATE VIEW latest AS SELECT * FROM attempts")
    assert "has other tables" in refused(run)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"assignment": "../conv"}, "assignment is not of the form"),
        ({"assignment": None}, "assignment is not of the form"),
        ({"title": "t" * 201}, "title is no text of 1 to 200 characters"),
        ({"seed_commitment": "0"}, "seed_commitment is not of the form"),
        ({"assay_version": "<b>"}, "assay_version is not of the form"),
        ({"fingerprint": ""}, "fingerprint is not of the form"),
    ],
)
def test_a_run_json_that_is_none_is_refused(run: Path, changes: dict[str, object], says: str) -> None:
    path = run / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    assert says in refused(run)


def test_a_run_json_without_a_fingerprint_is_written_anew(run: Path) -> None:
    path = run / "run.json"
    plain = json.loads(path.read_text())
    del plain["fingerprint"]
    path.write_text(json.dumps(plain))
    assert refused(run) == "run.json was written by an older Assay; grade again, into the same folder"


def test_files_of_two_runs_are_no_run(run: Path, tmp_path: Path) -> None:
    """Else the same measurements would stand twice on a board, under two seeds."""
    other = write_run(tmp_path / "other", [record("ada", found(speed(0.7)))], info("second"))
    (other / "run.json").rename(run / "run.json")
    assert refused(run) == (
        "nothing in results.sqlite was graded under the seed and assignment of run.json; "
        "bring both files of one run"
    )


def test_a_run_that_was_graded_again_in_part_is_let_in(run: Path) -> None:
    again = replace(info(), fingerprint="7" * 64)
    write_run(run, [record("ada", found(speed(0.7)))], again)
    assert [each.student for each in admit(run).measured] == ["ada", "bob"]


def test_files_that_are_not_there_or_are_something_else(run: Path, tmp_path: Path) -> None:
    assert refused(tmp_path) == "it has no file run.json"
    (run / "results.sqlite").rename(tmp_path / "elsewhere")
    assert refused(run) == "it has no file results.sqlite"
    (run / "results.sqlite").symlink_to(tmp_path / "elsewhere")
    assert refused(run) == "it has no file results.sqlite"
    (run / "run.json").write_bytes(b" " * (2 << 20))
    assert refused(run) == "run.json is larger than 1 MiB"
    (run / "run.json").write_bytes(b"\xff{")
    assert refused(run) == "run.json is no JSON"


def test_results_that_are_being_written_are_waited_for(run: Path) -> None:
    with Store(run / "results.sqlite") as store:
        store.add(record("carl", found(speed(0.7))), "f1")
        assert "is still being written" in refused(run)
    assert len(admit(run).measured) == 3


def test_a_file_that_is_no_database(run: Path) -> None:
    (run / "results.sqlite").write_bytes(b"SQLite format 4\0" * 100)
    assert refused(run) == "results.sqlite is damaged"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=40), st.floats(0, 1))
def test_damaged_bytes_are_refused_or_read_as_they_were(
    run: Path, damage: list[tuple[float, int]], kept: float
) -> None:
    """Whatever becomes of the file: one sentence, or measurements that are all in order."""
    path = run / "results.sqlite"
    whole = path.read_bytes()
    broken = bytearray(whole)
    for place, byte in damage:
        broken[int(place * (len(broken) - 1))] = byte
    path.write_bytes(broken[: max(int(kept * len(broken)), 1)] if kept < 0.3 else broken)
    try:
        measured = admit(run).measured
    except NotAdmittedError as error:
        said = str(error)
    else:
        said = ""
        assert all(e.measurement.low <= e.measurement.value <= e.measurement.high for e in measured)  # type: ignore[operator]
    finally:
        path.write_bytes(whole)
    assert "\n" not in said


def test_a_baseline_without_a_place_on_the_scale_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [record("ada", found(speed(1.0, baselines=(Baseline("b", 1, 0, 2),))))])
    assert "0 to 2 are no ratios" in refused(run)
