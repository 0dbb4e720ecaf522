"""What `assay diff` does: one pass over two runs, in which the students wait in a file for the counts."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

from assay.errors import DONE, AssayError
from assay.progress import Progress, one_by_one, shown
from assay.runs import info_of
from grader.store import Store
from reports.changes import Comparison, Tally, compare
from reports.comparison import NAME, student_data, student_lines, summary_data, summary_lines
from reports.files import strict
from reports.text import inert

DIFFERS = 1


def diff(old: Path, new: Path, *, as_json: bool) -> int:
    """Print what changes from one run to another; the exit code says whether anything does.

    AssayError where one of them is no run, or they are of different assignments.
    """
    before, after = info_of(old), info_of(new)
    if before.assignment != after.assignment:
        raise AssayError(
            f"{old} is a run of {before.assignment} and {new} of {after.assignment}; "
            "name two runs of one assignment "
            f"(an edited copy is one, too, in a folder named {before.assignment})"
        )
    with TemporaryFile("w+", encoding="utf-8") as students:
        tally = Tally()
        with shown() as progress:
            for each in _compared(old, new, progress):
                tally.add(each)
                if each.differs:
                    lines = [_line(each)] if as_json else student_lines(each)
                    students.writelines(f"{line}\n" for line in lines)
        students.seek(0)
        if as_json:
            _print_json(summary_data(before, after, tally), students)
        else:
            print(f"{inert(after.title, NAME)}: {old} -> {new}\n")
            _print(summary_lines(before, after, tally), students)
    return DIFFERS if tally.differs else DONE


def _compared(old: Path, new: Path, progress: Progress) -> Iterator[Comparison]:
    with ExitStack() as stack:
        mine, theirs = (
            stack.enter_context(Store(run / "results.sqlite", create=False)) for run in (old, new)
        )
        progress.say("Comparing the results")
        total = max(sum(store.counts().values()) for store in (mine, theirs))
        yield from one_by_one(compare(mine.latest(), theirs.latest()), total, progress)


def _line(each: Comparison) -> str:
    return json.dumps(strict(student_data(each)), allow_nan=False)


def _print(summary: Iterable[str], students: TextIO) -> None:
    for line in summary:
        print(line)
    for line in students:
        print(line, end="")


def _print_json(summary: dict[str, Any], students: TextIO) -> None:
    """One object; the students, of whom there may be many, are written one by one, each on a line."""
    head = json.dumps(strict(summary), allow_nan=False, indent=1)
    print(head.removesuffix("\n}"), end=',\n "students": [')
    separator = ""
    for line in students:
        print(separator, line.rstrip("\n"), sep="\n  ", end="")
        separator = ","
    print("\n ]\n}")
