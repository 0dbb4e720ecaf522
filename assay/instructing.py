"""The commands of an instructor whose class is graded. What they do is imported when they do it."""

import sys
from pathlib import Path

import click

from assay import options


@click.command()
@options.run
def report(run: Path) -> int:
    """Write the pages, the gradebook and the JSON of a run again from its results.

    Example: assay report run
    """
    from assay import ended, grading, progress

    with progress.shown() as shown:
        info = grading.write_reports(run, shown)
    return ended.tell_result(run, info)


@click.command()
@click.argument("old", type=options.PATH, metavar="RUN1", help="Folder of the run as it was.")
@click.argument("new", type=options.PATH, metavar="RUN2", help="Folder of the run as it is now.")
@options.as_json
def diff(old: Path, new: Path, as_json: bool) -> int:
    """Say whose verdicts and points change from one run to another, and by which check.

    The exit code is 0 where none does, and 1 where some do.

    Example: assay diff run run-again
    """
    from assay import comparing

    return comparing.diff(old, new, as_json=as_json)


@click.command()
@options.run
@click.argument("student", metavar="ID", help="The student's id, as in the gradebook.")
@click.option("--board", type=options.PATH, metavar="FILE", help="A leaderboard to remove them from, too.")
def forget(run: Path, student: str, board: Path | None) -> None:
    """Remove a person from a run, its pages and, where it is named, a leaderboard.

    Cut off, the same command finishes it. What was handed in stays where it is.

    Example: assay forget run ada --board board.sqlite
    """
    from assay import progress, removal

    with progress.shown() as shown:
        removed = removal.remove(run, student, board, shown)
    for line in removal.told(removed):
        print(line)
    for line in removal.remains(removed):
        print(line, file=sys.stderr)


COMMANDS = (report, diff, forget)
