"""A board's file: append-only, nothing twice, nobody who has not opted in, and nobody's id in it."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.board import Batch, Board, Entry
from grader.ledger import StoreError
from grader.pseudonyms import Key, key_beside, pseudonym
from suites.measurement import Measurement
from suites.types import Verdict

from ..measured import speed

KEY = Key(b"k" * 32)
BATCH = Batch("2026-11-20T15:00:00+00:00", "conv", "Convolution", "a" * 64, "0.1.0")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board.sqlite"


def entry(
    student: str, value: float = 1.0, batch: Batch = BATCH, code: str = "c", **changes: object
) -> Entry:
    measured: Measurement = replace(speed(value), details={}, **changes)  # type: ignore[arg-type]
    return Entry(
        batch, KEY.member(student), code, "fast", "conv", Verdict.PASS, "2026-11-20T14:00:00+00:00", measured
    )


def names(*students: str) -> dict[str, str]:
    return {KEY.member(student): "" for student in students}


def add(
    path: Path, entries: Iterable[Entry], who: dict[str, str], batch: Batch = BATCH, key: Key = KEY
) -> int:
    with Board(path) as board:
        return board.add(batch, entries, who, key)


def test_what_is_added_comes_back_and_nothing_twice(path: Path) -> None:
    mine = [entry("ada", 0.8), entry("bob", 0.9)]
    assert add(path, mine, names("ada", "bob")) == 2
    before = path.read_bytes()
    assert add(path, mine, names("ada", "bob")) == 0
    assert path.read_bytes() == before
    with Board(path, create=False) as board:
        kept = board.entries()
        assert board.members() == names("ada", "bob")
    assert sorted(replace(e, batch=BATCH).key for e in kept) == sorted(e.key for e in mine)
    assert {e.measurement.value for e in kept} == {0.8, 0.9}
    assert {e.batch for e in kept} == {replace(BATCH, id=1)}


def test_nobody_without_opting_in_and_whoever_withdraws_is_gone(path: Path) -> None:
    both = [entry("ada"), entry("bob")]
    assert add(path, both, names("ada")) == 1
    assert add(path, both, names("ada", "bob")) == 1
    assert add(path, both, names("bob")) == 0
    with Board(path) as board:
        assert board.members() == names("bob")
        assert len(board.entries()) == 2  # the file only grows; the site leaves them out
    add(path, both, {**names("ada"), KEY.member("bob"): "Bobby"})
    with Board(path) as board:
        assert board.members() == {**names("ada"), KEY.member("bob"): "Bobby"}


def test_no_id_is_in_the_file(path: Path) -> None:
    add(path, [entry("ada.lovelace@example.org")], names("ada.lovelace@example.org"))
    assert b"lovelace" not in path.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET measurement = ''",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries",
        "UPDATE members SET name = 'x'",
        "DELETE FROM batches",
        "INSERT OR REPLACE INTO batches SELECT * FROM batches",
        "UPDATE keys SET commitment = 'x'",
    ],
)
def test_the_file_only_grows(path: Path, statement: str) -> None:
    add(path, [entry("ada")], names("ada"))
    database = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)
    database.close()


def test_to_verify_takes_fresh_seeds(path: Path) -> None:
    add(path, [entry("ada")], names("ada"))
    again = replace(BATCH, verified=True)
    with pytest.raises(StoreError, match="to verify takes a fresh one"):
        add(path, [entry("ada", batch=again)], names("ada"), again)
    fresh = replace(again, seed="b" * 64)
    assert add(path, [entry("ada", batch=fresh)], names("ada"), fresh) == 1
    assert add(path, [entry("ada", batch=fresh)], names("ada"), fresh) == 0


def test_what_cannot_be_compared_is_refused_whole(path: Path) -> None:
    add(path, [entry("ada")], names("ada", "bob"))
    seconds = entry("bob", unit="s")
    with pytest.raises(StoreError, match="measured in 's' here, and in \"x the reference's CPU time\""):
        add(path, [entry("carl"), seconds], names("ada", "bob", "carl"))
    with Board(path) as board:
        assert len(board.entries()) == 1
        assert board.members() == names("ada", "bob")
    assert (
        add(path, [replace(seconds, measurement=replace(seconds.measurement, suite="2"))], names("bob")) == 1
    )


def test_another_boards_key_is_refused(path: Path, tmp_path: Path) -> None:
    add(path, [entry("ada")], names("ada"))
    with pytest.raises(StoreError, match="is another board's"):
        add(path, [], {}, key=Key(b"x" * 32))
    with pytest.raises(StoreError, match="put it back"):
        Key.beside(path)
    key_beside(path).write_bytes(b"short")
    with pytest.raises(StoreError, match="must hold 32 bytes"):
        Key.beside(path)
    key = Key.drawn_beside(tmp_path / "other.sqlite")
    assert Key.beside(tmp_path / "other.sqlite") == key
    assert key_beside(tmp_path / "other.sqlite").stat().st_mode & 0o077 == 0


def test_who_is_forgotten_is_gone_from_the_bytes(path: Path) -> None:
    add(path, [entry("ada"), entry("bob")], {**names("bob"), KEY.member("ada"): "Countess"})
    with Board(path) as board:
        assert board.forget(KEY.member("ada")) == 1
        assert board.forget(KEY.member("ada")) is None
        assert [e.member for e in board.entries()] == [KEY.member("bob")]
        assert list(board.members()) == [KEY.member("bob")]
    kept = path.read_bytes()
    assert KEY.member("ada").encode() not in kept
    assert b"Countess" not in kept
    with pytest.raises(sqlite3.IntegrityError), Board(path) as board:
        board._database.execute("DELETE FROM entries")


def test_members_are_stable_and_told_by_the_key_alone() -> None:
    assert KEY.member("zoë") == KEY.member(" zoe\u0308 ") != Key(b"x" * 32).member("zoë")
    member = KEY.member("ada")
    assert len({member, KEY.page(member), KEY.commitment[:32]}) == 3
    assert pseudonym(member) == pseudonym(member)
    many = {pseudonym(KEY.member(str(k))) for k in range(2000)}
    assert len(many) == 2000
    assert all(name.count("-") == 2 and name.isascii() for name in many)


@pytest.mark.parametrize("create", [True, False])
def test_an_empty_file_is_no_new_board(path: Path, create: bool) -> None:
    path.touch()
    with pytest.raises(StoreError, match="is empty, and no board: put the board back, or remove the file"):
        Board(path, create=create)
    assert path.read_bytes() == b""


def test_a_results_file_is_no_board(tmp_path: Path) -> None:
    from grader.store import Store

    Store(tmp_path / "results.sqlite").close()
    with pytest.raises(StoreError, match="is no board of Assay"):
        Board(tmp_path / "results.sqlite")
    with pytest.raises(StoreError, match="there is no board at"):
        Board(tmp_path / "nothing", create=False)
