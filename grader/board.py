"""A leaderboard's file: who was measured how, append-only, under pseudonyms.

What a run adds is a batch. Nobody's id and no code is in it: a member stands for a student, a hash for code.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from grader.ledger import Ledger, StoreError
from grader.pseudonyms import Key
from grader.record import from_plain, to_plain
from suites.measurement import Measurement
from suites.types import Verdict

_TABLES = """
CREATE TABLE keys (
    commitment TEXT PRIMARY KEY
);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    added TEXT NOT NULL,      -- ISO 8601, UTC
    assignment TEXT NOT NULL,
    title TEXT NOT NULL,
    seed TEXT NOT NULL,       -- the run's commitment to it
    assay TEXT NOT NULL,      -- version
    verified INTEGER NOT NULL -- measured again, on fresh seeds, in a final session
);
CREATE TABLE entries (
    key TEXT PRIMARY KEY,     -- hash of what makes it the same entry
    batch INTEGER NOT NULL REFERENCES batches (id),
    member TEXT NOT NULL,
    code TEXT NOT NULL,       -- sha256 of what was handed in
    part TEXT NOT NULL,
    what TEXT NOT NULL,
    verdict TEXT NOT NULL,
    graded TEXT NOT NULL,     -- ISO 8601, UTC
    measurement TEXT NOT NULL -- JSON
);
CREATE TABLE members (
    batch INTEGER NOT NULL REFERENCES batches (id),
    member TEXT NOT NULL,
    name TEXT NOT NULL,       -- that they chose, or empty
    takes_part INTEGER NOT NULL,
    PRIMARY KEY (batch, member)
);
CREATE INDEX entries_of_batch ON entries (batch);
"""


@dataclass(frozen=True)
class Batch:
    """What is the same for all entries that one run adds."""

    added: str
    assignment: str
    title: str
    seed: str
    assay: str
    verified: bool = False
    id: int = 0  # given by the board; grows with each


class Section(NamedTuple):
    """What is comparable: the same thing measured, on the same class of device, by the same protocol."""

    assignment: str
    part: str
    what: str
    quantity: str
    device: str
    suite: str


@dataclass(frozen=True)
class Entry:
    """One measurement of one member's code; `details` of the measurement are left behind in the run."""

    batch: Batch
    member: str
    code: str
    part: str
    what: str
    verdict: Verdict
    graded: str
    measurement: Measurement

    @property
    def section(self) -> Section:
        measured = self.measurement
        return Section(
            self.batch.assignment, self.part, self.what, measured.quantity, measured.device, measured.suite
        )

    @property
    def key(self) -> str:
        """Equal for the same measurement of the same code of the same member, however often it is added."""
        same = (self.member, self.code, *self.section, self.batch.seed, self.graded)
        return sha256(json.dumps(same).encode()).hexdigest()


class Board(Ledger):
    """The entries of one course. A context manager.

    with Board(path) as board:
        board.add(batch, entries, members, key)
    """

    kind = "board"
    made_by = "assay leaderboard add"
    application = 0x41535342  # "ASSB"
    schema = 1
    tables = _TABLES
    rows = MappingProxyType(
        {"keys": ("commitment",), "batches": ("id",), "entries": ("key",), "members": ("batch", "member")}
    )

    def __init__(self, path: Path, *, create: bool = True) -> None:
        if path.is_file() and not path.stat().st_size:  # which SQLite would take for a new one
            raise StoreError(
                f"{path} is empty, and no board: put the board back, or remove the file if a new one is meant"
            )
        super().__init__(path, create=create)

    def add(self, batch: Batch, entries: Iterable[Entry], names: Mapping[str, str], key: Key) -> int:
        """Append what is new, all or nothing; returns how many entries that is.

        names   all members who take part from now on, with the names that they chose, or "". Who was one and
                is not among them takes part no more. Entries of others are not let in.

        Raises StoreError where the key is another board's, where what is to be verified was measured under a
        seed that the board has seen, or where a measurement does not fit those it would be ranked with.
        """
        with self._transaction():
            self._check_key(key)
            self._check_seed(batch)
            known = self._keys()
            new = {e.key: e for e in entries if e.member in names and e.key not in known}
            self._check_fit(new.values())
            changed = self._changed(names)
            if new or changed:
                self._append(batch, new.values(), changed)
        return len(new)

    def entries(self) -> list[Entry]:
        """All entries, in the order in which they were added."""
        batches = self._batches()
        rows = self._database.execute(
            "SELECT batch, member, code, part, what, verdict, graded, measurement FROM entries"
            " ORDER BY batch, graded, key"
        )
        return [
            Entry(
                batches[batch], member, code, part, what, Verdict(verdict), graded,
                from_plain(Measurement, json.loads(measurement)),
            )
            for batch, member, code, part, what, verdict, graded, measurement in rows
        ]  # fmt: skip

    def members(self) -> dict[str, str]:
        """Who takes part, with the names that they chose, or ""."""
        return {member: name for member, (name, takes_part) in self._latest_members().items() if takes_part}

    def check_key(self, key: Key) -> None:
        """Raise StoreError where the key is not this board's."""
        known = [row[0] for row in self._database.execute("SELECT commitment FROM keys")]
        if known and known != [key.commitment]:
            raise StoreError(f"the key beside {self.path} is another board's; put the right one back")

    def forget(self, member: str) -> int | None:
        """Remove a member for good; returns how many entries, None where there is no such member."""
        with self._forgetting():
            gone = self._database.execute("DELETE FROM entries WHERE member = ?", (member,)).rowcount
            was = self._database.execute("DELETE FROM members WHERE member = ?", (member,)).rowcount
        return gone if gone or was else None

    # ----------------------------------------------------------------------- inside

    def _check_key(self, key: Key) -> None:
        self.check_key(key)
        if not self._number("SELECT count(*) FROM keys"):
            self._database.execute("INSERT INTO keys VALUES (?)", (key.commitment,))

    def _keys(self) -> set[str]:
        return {row[0] for row in self._database.execute("SELECT key FROM entries")}

    def _check_seed(self, batch: Batch) -> None:
        used = "SELECT count(*) FROM batches WHERE seed = ? AND NOT verified"
        if batch.verified and self._database.execute(used, (batch.seed,)).fetchone()[0]:
            raise StoreError(
                "this run's seed was used on the board before, and to verify takes a fresh one: grade again, "
                "into a new folder"
            )

    def _check_fit(self, new: Iterable[Entry]) -> None:
        terms: dict[Section, tuple[str, str, str]] = {}
        for entry in (*self.entries(), *new):
            measured = entry.measurement
            said = (measured.unit, measured.scale, measured.better)
            if terms.setdefault(entry.section, said) != said:
                raise StoreError(
                    f"{entry.part}, {entry.what}: {measured.quantity} is measured in {measured.unit!r} here, "
                    f"and in {terms[entry.section][0]!r} on the board, under the same suite {measured.suite}"
                )

    def _changed(self, names: Mapping[str, str]) -> list[tuple[str, str, bool]]:
        before = self._latest_members()
        left = [
            (member, "", False)
            for member, (_, takes_part) in before.items()
            if takes_part and member not in names
        ]
        return left + [
            (member, name, True) for member, name in names.items() if before.get(member) != (name, True)
        ]

    def _append(self, batch: Batch, new: Iterable[Entry], changed: Sequence[tuple[str, str, bool]]) -> None:
        number = self._database.execute(
            "INSERT INTO batches (added, assignment, title, seed, assay, verified) VALUES (?, ?, ?, ?, ?, ?)",
            (batch.added, batch.assignment, batch.title, batch.seed, batch.assay, batch.verified),
        ).lastrowid
        self._database.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    e.key,
                    number,
                    e.member,
                    e.code,
                    e.part,
                    e.what,
                    e.verdict.value,
                    e.graded,
                    _plain(e.measurement),
                )
                for e in new
            ],
        )
        self._database.executemany(
            "INSERT INTO members VALUES (?, ?, ?, ?)", [(number, *change) for change in changed]
        )

    def _latest_members(self) -> dict[str, tuple[str, bool]]:
        rows = self._database.execute("SELECT member, name, takes_part FROM members ORDER BY batch, member")
        return {member: (name, bool(takes_part)) for member, name, takes_part in rows}

    def _batches(self) -> dict[int, Batch]:
        rows = self._database.execute(
            "SELECT id, added, assignment, title, seed, assay, verified FROM batches"
        ).fetchall()
        return {
            id: Batch(added, assignment, title, seed, assay, bool(verified), id)
            for id, added, assignment, title, seed, assay, verified in rows
        }


def _plain(measurement: Measurement) -> str:
    plain = {**to_plain(measurement), "details": {}}
    return json.dumps(plain, allow_nan=False, separators=(",", ":"))
