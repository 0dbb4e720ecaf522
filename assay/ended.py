"""What a terminal is told when a run has ended: how many of each, where the report is, what to do again."""

import sys
from pathlib import Path

import assignments
from assay.errors import DONE, OURS
from grader.intake import left_out, strays
from grader.record import RunInfo, Status
from grader.store import Store
from reports.text import inert, many, some


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
    if not info.ended:
        _warn(
            "The run has not come to its end: who is not graded yet is missing from the report and the "
            "gradebook; the same assay grade command goes on"
        )
    if not ours:
        return DONE
    _warn(
        f"assay: not graded for a reason that is ours, not the author's: {some(ours)}; "
        "the next assay grade into this run tries them again"
    )
    return OURS


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
