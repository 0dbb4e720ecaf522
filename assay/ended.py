"""What a terminal is told when a run has ended: how many of each, where the report is, what to do again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import assignments
from assay.errors import DONE, OURS
from grader.intake import left_out, strays
from grader.record import RunInfo, Status
from grader.store import Store
from reports.text import inert, many, some

if TYPE_CHECKING:
    from assay.exporting import Exported
    from assay.handing_back import Handed
    from reports.exports.feedback_zip import Published


def tell_result(run: Path, info: RunInfo) -> int:
    """The counts of a run, where its report is and who has no grade; the exit code that it deserves."""
    total = many(sum(info.counts.values()), "submission")
    print(f"{inert(info.title)}: {total}, sandbox {info.sandbox}\n")
    for status, count in info.counts.items():
        if count:
            print(f"  {status:<21}{count:>6}")
    print(f"\nReport     {run / 'report' / 'index.html'}\nGradebook  {run / 'gradebook.csv'}")
    with Store(run / "results.sqlite", create=False) as store:
        unreadable, ours = map(store.students, (Status.UNREADABLE, Status.INFRASTRUCTURE))
    if unreadable:
        _warn(f"Could not be read: {some(unreadable)}; the report and the gradebook say why")
    tell_unfinished(info, "the report and the gradebook")
    if not ours:
        return DONE
    _warn(
        f"assay: not graded for a reason that is ours, not the author's: {some(ours)}; "
        "the next assay grade into this run tries them again"
    )
    return OURS


def tell_unfinished(info: RunInfo, where: str) -> None:
    """That somebody may be missing from what was written, where the run has not come to its end."""
    if not info.ended:
        _warn(
            f"The run has not come to its end: who is not graded yet is missing from {where}; "
            "the same assay grade command goes on"
        )


def tell_export(written: "Exported") -> None:
    """How much was written for another program, and where."""
    print(f"{many(sum(written.info.counts.values()), 'submission')}\n\nExport  {written.path}")
    tell_unfinished(written.info, "the export")


def tell_sheet(handed: "Handed") -> None:
    """How many grades a platform's sheet has now, where it is, and who has none, by name."""
    sheet = handed.sheet
    print(f"{many(sheet.grades, 'grade')} in {inert(sheet.column)}\n\nSheet  {handed.path}")
    for names, told in (
        (sheet.missing, "In the run, not in the sheet"),
        (sheet.unclear, "Left as it was, who is more than one of the sheet or shares a row with another"),
        (sheet.unknown, "Left as it was, since the score is not known yet"),
        (sheet.closed, "Left as it was, since the sheet says so (excused, or locked)"),
        (sheet.unreadable, "Has no points, since nothing could be read"),
        (sheet.provisional, "Has a grade that may still change"),
    ):
        if names:
            _warn(f"{told}: {some(names)}")
    if sheet.others:
        _warn(f"Without a grade of this run in the sheet: {len(sheet.others)} ({some(sheet.others)})")
    tell_unfinished(handed.info, "the sheet")


def tell_published(out: Path, info: RunInfo, published: "Published") -> None:
    """How many pages there are to hand out, in which archive, and whose is not among them."""
    print(f"{many(published.pages, 'page')}\n\nFeedback  {out}")
    for names, told in (
        (published.unnamed, "Not in it, for the submission has no name that the platform gave"),
        (published.twice, "Not in it, for the platform takes this for a student who is in it"),
        (published.unknown, "Has a page without points, since the score is not known yet"),
    ):
        if names:
            _warn(f"{told}: {some(names)}")
    tell_unfinished(info, "the archive")


def tell_left_out(submissions: Path, assignment: str, run: Path) -> None:
    """What in a folder of submissions was taken for nobody's, and what made all names be taken whole."""
    submit = assignments.load(assignment).submit
    names = left_out(submissions, submit, run)
    if names:
        _warn(f"Left out, as nobody's submission: {some(names)}")
    names = strays(submissions, submit, run)
    if names:
        _warn(
            f"Most names are of Canvas or Moodle, and were taken whole because of others: {some(names)}; "
            "move those away and grade into a new folder, and each student's files are one submission"
        )


def _warn(line: str) -> None:
    print(line, file=sys.stderr)
