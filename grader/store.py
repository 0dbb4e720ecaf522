"""What a run keeps: `run.json`, and append-only attempts and findings in SQLite, a transaction a submission.

The coordinator alone writes. A process killed at any moment leaves what it had committed, readable.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.record import Record, RunInfo, Status, from_plain, to_plain
from suites.types import Finding

SCHEMA = 1
_APPLICATION = 0x41535359  # "ASSY", in the header of the file

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
_GUARDS = (
    "".join(
        f"""
CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, 'results are append-only'); END;
"""
        for table in ("attempts", "findings")
        for event in ("UPDATE", "DELETE")
    )
    + """
CREATE TRIGGER attempts_no_replace BEFORE INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM attempts WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'results are append-only'); END;
CREATE TRIGGER findings_no_replace BEFORE INSERT ON findings
WHEN EXISTS (SELECT 1 FROM findings WHERE attempt = NEW.attempt AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'results are append-only'); END;
"""
)

_JSON = ("diagnosis", "evidence", "notes", "measurement")
_COLUMNS = tuple(field.name for field in fields(Finding))


class StoreError(Exception):
    """A results file that cannot be used, in one sentence."""


class Store:
    """The results of one run. A context manager; `create` makes the file if there is none.

    with Store(run / "results.sqlite") as store:
        store.add(record, plan.fingerprint)
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        if not create and not path.is_file():
            raise StoreError(f"there are no results at {path}")
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be opened: {error}") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._database.close()
            raise StoreError(f"{path} is no results file: {error}") from error
        except StoreError:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was added is there already."""
        self._database.close()

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

    # ----------------------------------------------------------------------- inside

    def _prepare(self) -> None:
        # A writer may be at work while a report reads; the wait is for its commit.
        self._database.execute("PRAGMA busy_timeout = 10000")
        application, schema, tables = (
            self._number(query)
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        if application not in (0, _APPLICATION) or (application == 0 and tables):
            raise StoreError(f"{self.path} is no results file of Assay")
        if schema > SCHEMA:
            raise StoreError(f"{self.path} was written by a newer Assay (schema {schema}); upgrade Assay")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(
            "PRAGMA synchronous = NORMAL"
        )  # a power cut may cost the last grading, no more
        self._database.execute("PRAGMA foreign_keys = ON")
        if schema == 0:
            with self._transaction():
                if not self._number("PRAGMA user_version"):  # nobody was faster
                    self._create()

    def _create(self) -> None:
        for statement in _statements(_TABLES + _GUARDS):
            self._database.execute(statement)
        self._database.execute(f"PRAGMA application_id = {_APPLICATION}")
        self._database.execute(f"PRAGMA user_version = {SCHEMA}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _number(self, query: str) -> int:
        return int(self._database.execute(query).fetchone()[0])

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


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, apart: `executescript` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


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
