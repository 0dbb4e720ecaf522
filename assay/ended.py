"""What a terminal is told when a run has ended: how many of each, where the report is, what to do again."""

import sys
from pathlib import Path

import assignments
from assay.errors import DONE, OURS
from grader.intake import left_out
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


def tell_left_out(submissions: Path, assignment: str) -> None:
    """The entries of a folder of submissions that were taken for nobody's, if there are any."""
    names = left_out(submissions, assignments.load(assignment).submit)
    if names:
        _warn(f"Left out, as nobody's submission: {some(names)}")


def _warn(line: str) -> None:
    print(line, file=sys.stderr)
