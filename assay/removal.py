"""Takes a person out of a run: the results, every page and export and, where one is named, a leaderboard.

RUN/.forgetting names whoever is being removed until all of it is done, so that the same command finishes what
was cut off when the results had forgotten the id and the pages had not.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree

from assay import boards
from assay.errors import AssayError
from assay.exporting import FOLDER
from assay.grading import write_reports
from assay.progress import SILENT, Progress
from assay.runs import near, reopen_run
from grader.store import Store, write_info
from reports.files import put
from reports.text import inert, many

MARK = ".forgetting"


@dataclass(frozen=True)
class Removed:
    """What went. No attempts: only the rest of them was there, of a removal that was cut off.

    entries  on the board; None where they are not on it, or no board was named.
    """

    student: str
    run: Path
    attempts: int
    board: Path | None
    entries: int | None


def remove(run: Path, student: str, board: Path | None = None, progress: Progress = SILENT) -> Removed:
    """Remove a student, for good. AssayError where the run has none of that id; then nothing has changed.

    The board comes first: one that cannot be used is found out before the run has lost anything.
    """
    with reopen_run(run) as info:
        mark = run / MARK
        with Store(run / "results.sqlite", create=False) as store:
            student = _known(student, list(store.slugs()), run, mark)
            entries = boards.forget(student, board) if board else None
            put(mark, student)
            progress.say("Removing the results")
            attempts = store.forget(student)
            write_info(run, replace(info, counts=store.counts()))
        write_reports(run, progress)
        if (run / FOLDER).is_dir():
            rmtree(run / FOLDER)
        mark.unlink()
    return Removed(student, run, attempts, board, entries)


def told(removed: Removed) -> Iterator[str]:
    """What went, for a terminal."""
    who = inert(removed.student, 80)
    what = many(removed.attempts, "attempt") if removed.attempts else "the rest of a removal that was cut off"
    yield f"Removed {who} from {removed.run}: {what}"
    if removed.board is not None:
        gone = "no entry, for they are not on it"
        if removed.entries is not None:
            gone = many(removed.entries, "entry", "entries")
        yield f"Removed {who} from {removed.board}: {gone}"


def remains(removed: Removed) -> Iterator[str]:
    """What no command reaches, and what must be done so that they stay away."""
    yield (
        "Their submission lies where it was handed in, and the next assay grade of it into "
        f"{removed.run} brings them back: remove it, too"
    )
    yield f"What was copied, exported or handed out from {removed.run} before still has them"
    if removed.board is None:
        yield "A leaderboard keeps them until it is told, too: assay leaderboard forget STUDENT --board FILE"
    else:
        yield "Take them off the list of who takes part, or the next assay leaderboard add brings them back"
        yield "A site shows them until it is built again: assay leaderboard build"


def _known(student: str, known: list[str], run: Path, mark: Path) -> str:
    """The id as the run has it, or as the mark names it of whose removal was cut off."""
    if student not in known:
        student = unicodedata.normalize("NFC", student)  # as ids are
    begun = ""
    with suppress(FileNotFoundError):
        begun = mark.read_text(encoding="utf-8")
    if begun and begun != student:
        raise AssayError(
            f"the removal of {begun} from {run} was cut off; finish it first: assay forget {run} {begun}"
        )
    if student in known or student == begun:
        return student
    raise AssayError(f"{student} is not in {run}, and nothing was removed; {near(student, known)}")
