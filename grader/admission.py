"""What a board lets in: the measurements of a run folder, every field checked, nothing of it believed.

The folder may come from a job that other people's code could have got hold of. It is opened for reading only,
its tables must be ours to the letter, and whatever is not as we write it refuses the folder in one sentence.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grader.ledger import StoreError
from grader.store import Store
from suites.measurement import Baseline, Measurement
from suites.types import Verdict

MOST_ENTRIES = 100_000
_MOST_INFO = 1 << 20  # bytes of run.json
_MOST_RESULTS = 1 << 30
_MOST_VALUE = 1 << 24  # bytes of one value in the database
_HASH = re.compile(r"[0-9a-f]{64}")
_SUITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_RATIOS = (1e-9, 1e9)
_NARROWEST = 1e-6
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9.+!-]{1,40}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_QUANTITIES = ("speed", "accuracy")

_MEASURED = """
SELECT latest.student, latest.content, latest.started, part, tensor, verdict, measurement
FROM latest JOIN findings ON findings.attempt = latest.id
WHERE measurement <> 'null' ORDER BY latest.student, position LIMIT ?
"""
_STUDENTS = "SELECT DISTINCT student FROM attempts WHERE typeof(student) = 'text' LIMIT ?"


class NotAdmittedError(StoreError):
    """A run folder that a board does not let in, and why, in one sentence."""


@dataclass(frozen=True)
class Measured:
    """One measurement of a run, as it was checked."""

    student: str
    code: str
    graded: str
    part: str
    what: str
    verdict: Verdict
    measurement: Measurement


@dataclass(frozen=True)
class Admitted:
    """What a board may learn of a run."""

    assignment: str
    title: str
    seed: str
    assay: str
    measured: tuple[Measured, ...]
    students: frozenset[str]  # all that the run graded, measured or not


def admit(run: Path) -> Admitted:
    """Everything that was measured in a run. Raises NotAdmittedError for what is not as we write it."""
    try:
        info = _info(run / "run.json")
        students, rows = _results(run / "results.sqlite", _fingerprint(info))
        return Admitted(
            assignment=_matching(info, "assignment", _NAME),
            title=_text(info, "title", 200),
            seed=_matching(info, "seed_commitment", _HASH),
            assay=_matching(info, "assay_version", _VERSION),
            measured=tuple(_measured(rows)),
            students=students,
        )
    except (ValueError, RecursionError) as error:
        raise NotAdmittedError(f"{run} is not let onto a board: {error}") from error


def _info(path: Path) -> Mapping[str, Any]:
    _check_file(path, _MOST_INFO)
    return _object(path.read_bytes(), "run.json")


def _fingerprint(info: Mapping[str, Any]) -> str:
    if "fingerprint" not in info:
        raise ValueError("run.json was written by an older Assay; grade again, into the same folder")
    return _matching(info, "fingerprint", _HASH)


def _check_file(path: Path, most: int) -> None:
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"it has no file {path.name}")
    if path.stat().st_size > most:
        raise ValueError(f"{path.name} is larger than {most >> 20} MiB")


# --------------------------------------------------------------------------- the results


def _results(path: Path, fingerprint: str) -> tuple[frozenset[str], list[Sequence[Any]]]:
    """The students of a run, and what was measured of them, as it stands there."""
    _check_file(path, _MOST_RESULTS)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise ValueError("results.sqlite is still being written; wait until the run has ended")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
            _check_tables(database)
            _check_same_run(database, fingerprint)
            students = frozenset(name for (name,) in database.execute(_STUDENTS, (MOST_ENTRIES,)))
            rows = database.execute(_MEASURED, (MOST_ENTRIES + 1,)).fetchall()
    except sqlite3.Error as error:  # whose words may quote the file
        raise ValueError("results.sqlite is damaged") from error
    if len(rows) > MOST_ENTRIES:
        raise ValueError(f"results.sqlite holds more than {MOST_ENTRIES} measurements")
    return students, rows


def _measured(rows: Iterable[Sequence[Any]]) -> Iterator[Measured]:
    for number, row in enumerate(rows, 1):
        try:
            yield _entry(row)
        except ValueError as error:
            raise ValueError(f"measurement {number} in results.sqlite: {error}") from error


def _check_tables(database: sqlite3.Connection) -> None:
    """That the file has our tables, views and triggers and no others: then a query does what we wrote."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_VALUE)
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
        database.execute(f"PRAGMA {pragma}")
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in Store.statements():
            empty.execute(statement)
        if _schema(database) != _schema(empty):
            raise ValueError("results.sqlite has other tables than this Assay writes")
    (told,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if told != "ok":
        raise ValueError("results.sqlite is damaged")


def _check_same_run(database: sqlite3.Connection, fingerprint: str) -> None:
    """That something was graded by the plan of run.json: its fingerprint, and so its seed, is this run's."""
    graded = "SELECT EXISTS (SELECT 1 FROM attempts WHERE fingerprint = ?)"
    if database.execute(graded, (fingerprint,)).fetchone() != (1,):
        raise ValueError(
            "nothing in results.sqlite was graded under the seed and assignment of run.json; "
            "bring both files of one run"
        )


def _schema(database: sqlite3.Connection) -> list[Sequence[str]]:
    return database.execute(
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name"
    ).fetchall()


def _entry(row: Sequence[Any]) -> Measured:
    names = ("student", "content", "started", "part", "tensor", "verdict", "measurement")
    fields = dict(zip(names, row, strict=True))
    return Measured(
        student=_text(fields, "student", 400),
        code=_matching(fields, "content", _HASH),
        graded=_time(fields, "started"),
        part=_text(fields, "part", 80),
        what=_text(fields, "tensor", 80),
        verdict=Verdict(_one_of(fields, "verdict", [verdict.value for verdict in Verdict])),
        measurement=_measurement(_object(_text(fields, "measurement", _MOST_INFO), "measurement")),
    )


def _measurement(plain: Mapping[str, Any]) -> Measurement:
    value, low, high = (_number_or_none(plain, name) for name in ("value", "low", "high"))
    scale = _one_of(plain, "scale", ("log", "linear"))
    flags = tuple(_text({"a flag": flag}, "a flag", 200) for flag in _list(plain, "flags", 20))
    if value is None or low is None or high is None:
        if not value is low is high is None:
            raise ValueError("value, low and high must all be there, or none of them")
    else:
        _check_interval(value, low, high, scale)
    return Measurement(
        quantity=_one_of(plain, "quantity", _QUANTITIES),
        value=value,
        low=low,
        high=high,
        n=_whole(plain, "n", 0 if value is None else 1),
        unit=_text(plain, "unit", 80),
        better=_one_of(plain, "better", ("lower", "higher")),
        scale=scale,
        band=_band(plain, scale),
        device=_text(plain, "device", 120),
        suite=_matching(plain, "suite", _SUITE),
        official=_one_of(plain, "official", (True, False)),
        flags=flags,
        baselines=tuple(_baseline(each, scale) for each in _list(plain, "baselines", 20)),
    )


def _baseline(plain: Any, scale: str) -> Baseline:
    if not isinstance(plain, dict):
        raise ValueError("a baseline is no object")
    value, low, high = (_number(plain, name) for name in ("value", "low", "high"))
    _check_interval(value, low, high, scale)
    return Baseline(_text(plain, "name", 80), value, low, high)


def _check_interval(value: float, low: float, high: float, scale: str) -> None:
    if not low <= value <= high:
        raise ValueError(f"the value {value:g} is not between {low:g} and {high:g}")
    if scale == "log" and not _RATIOS[0] <= low <= high <= _RATIOS[1]:
        raise ValueError(f"{low:g} to {high:g} are no ratios between {_RATIOS[0]:g} and {_RATIOS[1]:g}")


def _band(plain: Mapping[str, Any], scale: str) -> float:
    """0, or what two figures may differ by: a factor of e at most, or a hundred units."""
    band, most = _number(plain, "band", least=0.0), 1.0 if scale == "log" else 100.0
    if band and not _NARROWEST <= band <= most:
        raise ValueError(f"band is {band:g}, and neither 0 nor from {_NARROWEST:g} to {most:g}")
    return band


# --------------------------------------------------------------------------- fields


def _object(source: str | bytes, what: str) -> Mapping[str, Any]:
    try:
        plain = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is no JSON") from error
    if not isinstance(plain, dict):
        raise ValueError(f"{what} is no object")
    return plain


def _got(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise ValueError(f"{name} is missing")
    return fields[name]


def _text(fields: Mapping[str, Any], name: str, most: int) -> str:
    got = _got(fields, name)
    if not isinstance(got, str) or not 0 < len(got) <= most or not got.strip():
        raise ValueError(f"{name} is no text of 1 to {most} characters")
    if any("\ud800" <= character <= "\udfff" for character in got):
        raise ValueError(f"{name} is no Unicode text")
    return got


def _matching(fields: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    got = _got(fields, name)
    if not isinstance(got, str) or not pattern.fullmatch(got):
        raise ValueError(f"{name} is not of the form {pattern.pattern}")
    return got


def _time(fields: Mapping[str, Any], name: str) -> str:
    got = _matching(fields, name, _TIME)
    if datetime.fromisoformat(got) > datetime.now(UTC) + timedelta(days=1):
        raise ValueError(f"{name} is {got}, which has not come yet")
    return got


def _one_of(fields: Mapping[str, Any], name: str, known: Sequence[Any]) -> Any:
    got = _got(fields, name)
    if not any(type(got) is type(each) and got == each for each in known):
        raise ValueError(f"{name} is none of {', '.join(map(str, known))}")
    return got


def _number(fields: Mapping[str, Any], name: str, least: float = -1e12) -> float:
    got = _got(fields, name)
    if type(got) not in (int, float) or not least <= got <= 1e12:  # which NaN is not
        raise ValueError(f"{name} is no finite number from {least:g} to 1e+12")
    return float(got)


def _number_or_none(fields: Mapping[str, Any], name: str) -> float | None:
    return None if _got(fields, name) is None else _number(fields, name)


def _whole(fields: Mapping[str, Any], name: str, least: int) -> int:
    got = _got(fields, name)
    if type(got) is not int or not least <= got <= 10**6:
        raise ValueError(f"{name} is no whole number from {least} to 1000000")
    return got


def _list(fields: Mapping[str, Any], name: str, most: int) -> list[Any]:
    got = _got(fields, name)
    if not isinstance(got, list) or len(got) > most:
        raise ValueError(f"{name} is no list of at most {most}")
    return got
