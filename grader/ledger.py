"""A SQLite file that only grows: written in whole transactions, guarded by its own triggers.

What a run found and what a leaderboard holds are such files. Whoever writes commits; a process killed at any
moment leaves what it had committed, readable. The one thing that such a file ever loses is a person.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self


class StoreError(Exception):
    """A file of results or entries that cannot be used, in one sentence."""


class Ledger:
    """One such file. A context manager; `create` makes the file if there is none.

    kind         what it is, for people: "results file"; made_by: the command that makes one.
    application  the number in the header of the file; schema: the version of the tables.
    tables       SQL that makes them.
    rows         the tables that only grow, each with the columns that tell its rows apart.
    """

    kind: ClassVar[str]
    made_by: ClassVar[str]
    application: ClassVar[int]
    schema: ClassVar[int]
    tables: ClassVar[str]
    rows: ClassVar[Mapping[str, Sequence[str]]]

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        if not create and not path.is_file():
            raise StoreError(f"there is no {self.kind} at {path}; {self.made_by} makes one")
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(f"{path} cannot be opened: {error}") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._database.close()
            operational = isinstance(error, sqlite3.OperationalError)  # which says nothing of what it holds
            what = "cannot be used" if operational else f"is no {self.kind}"
            raise StoreError(f"{path} {what}: {error}") from error
        except StoreError:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if type(error) is sqlite3.DatabaseError:  # what SQLite says of bytes that are not as it wrote them
            raise StoreError(f"{self.path} is damaged: {error}") from error

    def close(self) -> None:
        """Close the file; what was added is there already."""
        self._database.close()

    @classmethod
    def statements(cls) -> Iterator[str]:
        """The statements that make an empty file, apart: `executescript` would commit before it begins."""
        statement = ""
        guards = "".join(_guards(table, key) for table, key in cls.rows.items())
        for line in (cls.tables + guards).splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""

    # ----------------------------------------------------------------------- for those who inherit

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it or nothing. StoreError where the file cannot be written: its disk is full, say."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except BaseException as error:
            if self._database.in_transaction:  # SQLite has ended it where the disk is full
                self._database.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(f"{self.path} cannot be written: {error}") from error
            raise

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """A transaction in which rows may be deleted; once it is over, their bytes are in no file any more.

        Cut off in between, the rows are gone and their bytes may not be: forgetting again, whatever it
        deletes, takes them away. StoreError, too, where somebody who reads keeps them in the log.
        """
        with self._transaction():
            named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in self._database.execute(named).fetchall():
                self._database.execute(f'DROP TRIGGER "{name}"')
            yield
            for statement in self.statements():
                if statement.lstrip().startswith("CREATE TRIGGER"):
                    self._database.execute(statement)
        self._write_anew()

    def _write_anew(self) -> None:
        """The file without what was deleted: copies of it may stand in the unused parts of any page."""
        try:
            self._database.execute("VACUUM")
            busy, *_ = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            raise StoreError(f"{self.path} cannot be written: {error}; do the same again") from error
        if busy:
            kept = f"{self.path.name}-wal still holds what was removed"
            raise StoreError(f"somebody reads {self.path}, and {kept}: wait for them, then do the same again")

    def _number(self, query: str) -> int:
        return int(self._database.execute(query).fetchone()[0])

    def _create(self) -> None:
        for statement in self.statements():
            self._database.execute(statement)
        self._database.execute(f"PRAGMA application_id = {self.application}")
        self._database.execute(f"PRAGMA user_version = {self.schema}")

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
        if application not in (0, self.application) or (application == 0 and tables):
            raise StoreError(f"{self.path} is no {self.kind} of Assay")
        if schema > self.schema:
            raise StoreError(f"{self.path} was written by a newer Assay (schema {schema}); upgrade Assay")
        self._database.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last transaction, no more.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("PRAGMA foreign_keys = ON")
        if schema == 0:
            with self._transaction():
                if not self._number("PRAGMA user_version"):  # nobody was faster
                    self._create()


def _guards(table: str, key: Sequence[str]) -> str:
    """Triggers under which rows are added and nothing else; REPLACE would not fire those of DELETE."""
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    never = f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END;\n"
    return (
        f"\nCREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}\n{never}"
        f"\nCREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}\n{never}"
        f"\nCREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}\n"
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})\n{never}"
    )
