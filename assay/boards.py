"""What is done with a leaderboard: measurements of a run are added, the site is built, members are named."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.errors import AssayError
from grader.admission import Admitted, admit
from grader.board import Batch, Board, Entry
from grader.ledger import StoreError
from grader.pseudonyms import Key, key_beside, pseudonym
from grader.store import now
from reports.site import is_site, write_site
from reports.standings import standings
from reports.text import cell

OPT_IN = "opt-in.csv"
LONGEST_NAME = 40
_MOST_ROSTER = 16 << 20
_COLUMNS = "student", "pseudonym", "leaderboard"
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"", "no", "n", "false", "0"}


@dataclass(frozen=True)
class Added:
    """What came of adding a run."""

    entries: int
    members: int
    others: int  # students of the run who do not take part
    unofficial: int
    unknown: tuple[str, ...]  # who opted in and is not in the run


def add(run: Path, board: Path, opt_in: Path | None = None, *, verified: bool = False) -> Added:
    """Add what a run measured of the students who take part; the same run adds nothing twice."""
    admitted = admit(run)
    official = [each for each in admitted.measured if each.measurement.official]
    if not admitted.measured and not board.exists():
        raise _nothing(run)
    chosen = _who_takes_part(_list_of(opt_in, board))
    key = _key(board)
    names = {key.member(student): name for student, name in chosen.items()}
    _check_names(names)
    batch = _batch(admitted, verified)
    entries = [
        Entry(
            batch, key.member(each.student), each.code, each.part, each.what, each.verdict, each.graded,
            each.measurement,
        )
        for each in official
    ]  # fmt: skip
    with Board(board) as opened:
        added = opened.add(batch, entries, names, key)
    if not admitted.measured:  # said when the board knows who takes part: who withdrew is off it
        raise _nothing(run)
    members = {entry.member for entry in entries}
    return Added(
        added,
        len(members & names.keys()),
        len(members - names.keys()),
        len(admitted.measured) - len(official),
        tuple(student for student in chosen if student not in admitted.students),
    )


def build(board: Path, out: Path, top: int | None = None) -> int:
    """Write the site into a folder of its own, the same for the same board; returns how many boards."""
    if top is not None and top < 1:
        raise AssayError(f"--top is {top}; at least one rank must be shown")
    _check_out(out)
    with Board(board, create=False) as opened:
        key = _checked(opened)
        entries, chosen = opened.entries(), opened.members()
    names = {member: name or pseudonym(member) for member, name in chosen.items()}
    tokens = {member: key.page(member) for member in names}
    made = max((entry.batch.added for entry in entries), default="")
    return write_site(out, standings(entries, names), names, tokens, top=top, made=made)


def who_is_who(run: Path, board: Path) -> str:
    """A table for the instructor: each student of a run who takes part, their name, and their own page."""
    admitted = admit(run)
    with Board(board, create=False) as opened:
        key, chosen = _checked(opened), opened.members()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("student", "name", "page"))
    for student in sorted(admitted.students):
        member = key.member(student)
        if member in chosen:
            name = chosen[member] or pseudonym(member)
            writer.writerow((cell(student), cell(name), f"members/{key.page(member)}.html"))
    return out.getvalue()


def forget(student: str, board: Path) -> int | None:
    """Remove a student from a board for good; returns how many entries, None where they are not on it."""
    with Board(board, create=False) as opened:
        return opened.forget(_checked(opened).member(student))


# --------------------------------------------------------------------------- parts


def _nothing(run: Path) -> AssayError:
    cure = "grade it with --bench, or give its assignment workloads or a part that trains"
    return AssayError(f"there is no speed and no accuracy in {run} for a board to take: {cure}")


def _batch(admitted: Admitted, verified: bool) -> Batch:
    return Batch(now(), admitted.assignment, admitted.title, admitted.seed, admitted.assay, verified)


def _key(board: Path) -> Key:
    """The board's key; a new board gets one, unless it lies there already."""
    if not board.parent.is_dir():
        raise AssayError(f"there is no folder {board.parent} for the board")
    if board.is_dir():
        raise AssayError(f"{board} is a folder; --board names a file")
    if board.exists():
        with Board(board, create=False) as opened:  # what is no board says so, not that its key is missing
            return _checked(opened)
    if key_beside(board).exists():
        return Key.beside(board)
    return Key.drawn_beside(board)


def _checked(board: Board) -> Key:
    key = Key.beside(board.path)
    board.check_key(key)
    return key


def _check_out(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise AssayError(f"{out} is a file; name a folder for the site")
    theirs = out.exists() and any(not entry.name.startswith(".") for entry in out.iterdir())
    if theirs and not is_site(out):
        raise AssayError(f"{out} holds other files and is no site of ours; name a new folder for the site")


# --------------------------------------------------------------------------- who takes part


def _list_of(opt_in: Path | None, board: Path) -> Path:
    """The list that was named, or the one beside the board."""
    path = opt_in or board.parent / OPT_IN
    if path.is_file():
        return path
    if opt_in:
        raise AssayError(f"there is no file {path}; --opt-in names the list of who takes part")
    raise AssayError(f"nobody takes part unasked: list who does in {path}, or name the list with --opt-in")


def _who_takes_part(path: Path) -> Mapping[str, str]:
    """Student to chosen name, or "": a CSV with the column `student`, and `pseudonym` where names are chosen.

    A roster, which has other columns, has the column `leaderboard`: only those who say yes in it take part.
    """
    if path.stat().st_size > _MOST_ROSTER:
        raise AssayError(f"{path} is larger than {_MOST_ROSTER >> 20} MiB and no list of students")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return dict(_rows(path, csv.DictReader(file, strict=True)))
    except (csv.Error, UnicodeDecodeError) as error:
        raise AssayError(f"{path} is no CSV in UTF-8: {error}") from error


def _rows(path: Path, reader: "csv.DictReader[str]") -> Iterator[tuple[str, str]]:
    columns = [column.strip().casefold() for column in reader.fieldnames or ()]
    _check_columns(path, columns)
    reader.fieldnames = columns
    known: set[str] = set()
    for row in reader:
        if any(cell.strip() for cell in row.get(None) or ()):
            told = "more cells than columns; put a text that holds a comma in quotes"
            raise AssayError(f"{path}, line {reader.line_num}: {told}")
        student, name = ((row.get(column) or "").strip() for column in ("student", "pseudonym"))
        said = (row.get("leaderboard") or "").strip().casefold() if "leaderboard" in columns else "yes"
        if said not in _YES | _NO:
            raise AssayError(f"{path}, line {reader.line_num}: leaderboard is {said!r}; write yes or no")
        if len(name) > LONGEST_NAME:
            raise AssayError(f"{path}, line {reader.line_num}: a name has at most {LONGEST_NAME} characters")
        if student in known:
            raise AssayError(f"{path}, line {reader.line_num}: {student} is listed twice; keep one line")
        known |= {student} if student else set()
        if student and said in _YES:
            yield student, name


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    """That they are those of a list or a roster: one mistyped column, and who says no would be published."""
    if "student" not in columns:
        raise AssayError(f"{path} has no column named student; its first line names the columns")
    for name in _COLUMNS:
        if columns.count(name) > 1:
            raise AssayError(f"{path} has {columns.count(name)} columns named {name}; keep one")
    others = [column for column in columns if column and column not in _COLUMNS]
    if others and "leaderboard" not in columns:
        raise AssayError(
            f"{path} has the column {others[0]} and none named leaderboard: say in that, yes or no, "
            "who takes part, or keep student and pseudonym alone"
        )


def _check_names(names: Mapping[str, str]) -> None:
    """That no two members are called the same, up to case, width and the like."""
    seen: dict[str, str] = {}
    for member, name in names.items():
        shown = name or pseudonym(member)
        like = unicodedata.normalize("NFKC", shown).casefold()
        if seen.setdefault(like, member) != member:
            raise StoreError(f"two members would be called {shown}; one of them needs another name")
