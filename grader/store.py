"""What a run keeps: `run.json`, and append-only attempts and findings in SQLite, a transaction a submission.

The coordinator alone writes. A process killed at any moment leaves what it had committed, readable.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.ledger import Ledger, StoreError
from grader.record import Record, RunInfo, Status, from_plain, to_plain
from suites.types import Finding

__all__ = ["SCHEMA", "Store", "StoreError", "now", "read_info", "write_info"]

SCHEMA = 1

_TABLES = """
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    student TEXT NOT NULL,
    slug TEXT NOT NULL,
    content TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL,
    score TEXT NOT NULL,      -- exact fractions, "3/2"
    max_score TEXT NOT NULL,
    sandbox TEXT NOT NULL,
    started TEXT NOT NULL,    -- ISO 8601, UTC
    ended TEXT NOT NULL,
    record TEXT NOT NULL      -- JSON, all but the findings
);
CREATE TABLE findings (
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    position INTEGER NOT NULL,
    part TEXT NOT NULL,
    "check" TEXT NOT NULL,
    tensor TEXT NOT NULL,
    tier TEXT NOT NULL,
    verdict TEXT NOT NULL,
    cause TEXT NOT NULL,
    credit TEXT NOT NULL,
    points TEXT NOT NULL,
    seconds REAL NOT NULL,
    diagnosis TEXT NOT NULL,  -- JSON
    evidence TEXT NOT NULL,   -- JSON
    notes TEXT NOT NULL,      -- JSON
    measurement TEXT NOT NULL, -- JSON
    PRIMARY KEY (attempt, position)
) WITHOUT ROWID;
CREATE INDEX attempts_of_student ON attempts (student, id);
CREATE INDEX attempts_of_content ON attempts (content, fingerprint, id);
CREATE VIEW latest AS
    SELECT * FROM attempts AS a
    WHERE id = (SELECT max(id) FROM attempts AS b WHERE b.student = a.student);
"""
_JSON = ("diagnosis", "evidence", "notes", "measurement")
_COLUMNS = tuple(field.name for field in fields(Finding))


class Store(Ledger):
    """The results of one run. A context manager; `create` makes the file if there is none.

    with Store(run / "results.sqlite") as store:
        store.add(record, plan.fingerprint)
    """

    kind = "results file"
    made_by = "assay grade"
    application = 0x41535359  # "ASSY"
    schema = SCHEMA
    tables = _TABLES
    rows = MappingProxyType({"attempts": ("id",), "findings": ("attempt", "position")})

    def add(self, record: Record, fingerprint: str) -> int:
        """Append an attempt with its findings, all or nothing; returns its number."""
        plain = _json(to_plain(replace(record, findings=())))
        started = record.graded_at or now()
        row = (
            _text(record.student), record.slug, record.content, fingerprint, record.status.value,
            str(record.score), str(record.max_score), record.sandbox, started, now(), plain,
        )  # fmt: skip
        with self._transaction():
            cursor = self._database.execute(
                "INSERT INTO attempts (student, slug, content, fingerprint, status, score, max_score,"
                " sandbox, started, ended, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            attempt = cursor.lastrowid or 0
            self._database.executemany(
                f"INSERT INTO findings (attempt, position, {_quoted(_COLUMNS)})"
                f" VALUES (?, ?{', ?' * len(_COLUMNS)})",
                [(attempt, n, *_finding_row(each)) for n, each in enumerate(record.findings)],
            )
        return attempt

    def latest(self) -> Iterator[Record]:
        """Each student's latest attempt, one at a time, ordered by student."""
        return self._records("latest ORDER BY student")

    def latest_of(self, whose: str) -> tuple[Record, str] | None:
        """The latest attempt of one student, by id or slug, and the fingerprint that it was graded under."""
        found = self._database.execute(
            "SELECT id, record, fingerprint FROM latest WHERE student = ?1 OR slug = ?1"
            " ORDER BY student <> ?1 LIMIT 1",
            (_text(whose),),
        ).fetchone()
        if found is None:
            return None
        attempt, record, fingerprint = found
        plain = {**json.loads(record), "findings": self._findings(attempt)}
        return from_plain(Record, plain), fingerprint

    def find(self, content: str, fingerprint: str, since: int = 0) -> Record | None:
        """The last grading of this content under this fingerprint, whoever handed it in."""
        found = self._records(
            "attempts WHERE content = ? AND fingerprint = ? AND id > ? AND status NOT IN (?, ?)"
            " ORDER BY id DESC LIMIT 1",
            (content, fingerprint, since, Status.INFRASTRUCTURE.value, Status.UNREADABLE.value),
        )
        return next(found, None)

    def done(self, fingerprint: str) -> set[tuple[str, str]]:
        """(student, content) of those whose latest attempt needs no other."""
        return set(
            self._database.execute(
                "SELECT student, content FROM latest WHERE fingerprint = ? AND status <> ?",
                (fingerprint, Status.INFRASTRUCTURE.value),
            )
        )

    def counts(self) -> dict[str, int]:
        """How many students' latest attempts have each status; every status is named."""
        counted = dict(self._database.execute("SELECT status, count(*) FROM latest GROUP BY status"))
        return {status.value: counted.get(status.value, 0) for status in Status}

    def students(self, status: Status) -> list[str]:
        """The students whose latest attempt has this status, ordered."""
        rows = self._database.execute(
            "SELECT student FROM latest WHERE status = ? ORDER BY student", (status.value,)
        )
        return [student for (student,) in rows]

    def likenesses(self) -> list[tuple[str, str]]:
        """Each student with the digest of their latest code (grader/likeness.py), ordered by student."""
        return list(
            self._database.execute(
                "SELECT student, coalesce(json_extract(record, '$.likeness'), '') FROM latest"
                " ORDER BY student"
            )
        )

    def slugs(self) -> dict[str, str]:
        """Each student's slug, for good: pages are linked by it."""
        return dict(self._database.execute("SELECT student, slug FROM latest"))

    def last_attempt(self) -> int:
        """The number of the last attempt; 0 before the first."""
        (number,) = self._database.execute("SELECT coalesce(max(id), 0) FROM attempts").fetchone()
        return int(number)

    def forget(self, student: str) -> int:
        """Remove a student for good, all attempts and what they found; returns how many attempts."""
        theirs = (_text(student),)
        with self._forgetting():
            self._database.execute(
                "DELETE FROM findings WHERE attempt IN (SELECT id FROM attempts WHERE student = ?)", theirs
            )
            return self._database.execute("DELETE FROM attempts WHERE student = ?", theirs).rowcount

    # ----------------------------------------------------------------------- inside

    def _records(self, which: str, values: tuple[str | int, ...] = ()) -> Iterator[Record]:
        for attempt, record in self._database.execute(f"SELECT id, record FROM {which}", values):
            yield from_plain(Record, {**json.loads(record), "findings": self._findings(attempt)})

    def _findings(self, attempt: int) -> list[Mapping[str, Any]]:
        rows = self._database.execute(
            f"SELECT {_quoted(_COLUMNS)} FROM findings WHERE attempt = ? ORDER BY position", (attempt,)
        )
        plain = (dict(zip(_COLUMNS, row, strict=True)) for row in rows)
        return [{**each, **{name: json.loads(each[name]) for name in _JSON}} for each in plain]


def _finding_row(finding: Finding) -> list[Any]:
    plain = to_plain(finding)
    return [_json(plain[name]) if name in _JSON else _text(plain[name]) for name in _COLUMNS]


def _text(value: Any) -> Any:
    """Text as SQLite can hold it: lone surrogates, which only hostile text has, are written as escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


_json: Callable[[Any], str] = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def now() -> str:
    """The time as records have it: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_info(run: Path) -> RunInfo | None:
    """What `run.json` says; None if there is none."""
    path = run / "run.json"
    try:
        return from_plain(RunInfo, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} is damaged: {error}") from error


def write_info(run: Path, info: RunInfo) -> None:
    """Write `run.json`, whole or not at all."""
    temporary = run / ".run.json"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(to_plain(info), file, indent=2, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, run / "run.json")
