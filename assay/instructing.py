"""The commands of an instructor whose class is graded. What they do is imported when they do it."""

import sys
from pathlib import Path
from typing import Any

import click

from assay import options
from assay.errors import AssayError

PLATFORMS = ("canvas", "moodle")
FORMATS = ("gradescope", *PLATFORMS, "csv", "junit", "parquet", "json")


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
@options.run
@click.option("--to", type=click.Choice(FORMATS), required=True, metavar="FORMAT", help=", ".join(FORMATS))
@click.option("--out", type=options.PATH, metavar="PATH", help="Where to; else in RUN/export/.")
@click.option(
    "--into", type=options.PATH, metavar="CSV", help="The sheet of Canvas or Moodle that is filled in."
)
@click.option("--column", metavar="NAME", help="Its column, by name or by Canvas's number in brackets.")
@click.option("--scale", is_flag=True, help="Scale scores to the maximum that the sheet declares.")
def export(run: Path, to: str, out: Path | None, into: Path | None, column: str | None, scale: bool) -> None:
    """Write a run for another program: a platform, a spreadsheet, CI or an analysis.

    Example: assay export run --to junit --out junit.xml

    Back to Canvas: assay export run --to canvas --into grades.csv --out import.csv
    """
    from assay import ended, exporting, handing_back, progress

    platform = handing_back.PLATFORMS.get(to)
    if platform is None and (into or column or scale):
        raise AssayError(f"--into, --column and --scale are for canvas and moodle, not for {to}")
    with progress.shown() as shown:
        if platform is None:
            written = exporting.export(run, to, out, shown)
        else:
            sheet = handing_back.fill(run, platform, into, out, column=column, scale=scale, progress=shown)
    if platform is None:
        ended.tell_export(written)
    else:
        ended.tell_sheet(sheet)


@click.command()
@options.run
@click.option(
    "--to", type=click.Choice(PLATFORMS), required=True, metavar="PLATFORM", help="canvas or moodle."
)
@click.option("--out", type=options.PATH, required=True, metavar="ZIP", help="The archive to write.")
def publish(run: Path, to: str, out: Path) -> None:
    """Write the archive of feedback pages that Canvas or Moodle hands out, each to its student.

    Example: assay publish run --to canvas --out feedback.zip
    """
    from assay import ended, handing_back, progress

    with progress.shown() as shown:
        info, published = handing_back.publish(run, handing_back.PLATFORMS[to], out, shown)
    ended.tell_published(out, info, published)


@click.command()
@options.run
@click.argument("student", metavar="STUDENT", help="Whose submission: the id, as in the gradebook.")
@click.argument(
    "check", metavar="CHECK", help="What lost points: 2.3 as in results/, or words such as backward/dx."
)
@click.option("--out", type=options.PATH, metavar="FILE", help="The script; else receipt-STUDENT-CHECK.py.")
@click.option("--assignment", type=options.PATH, metavar="FOLDER", help="Where it is no bundled one.")
@click.option("--seed-file", type=options.PATH, metavar="FILE", help="The secret, if it is not RUN/seed.")
def receipt(run: Path, student: str, check: str, **asked: Any) -> None:
    """Write a script that shows one lost point on the student's own machine.

    Example: assay receipt run ada backward/dx/ordinary
    """
    from assay import progress, receipts
    from reports.text import inert

    with progress.shown() as shown:
        written = receipts.write(run, student, check, progress=shown, **asked)
    print(inert(f"Receipt of {written.what}: {written.path}"))
    print(inert(f"Run it beside the submission: python {written.path.name} {written.submit}"))
    if not written.public:
        print("It gives away a hidden input of this run: hand it out when the details may be known.")


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


COMMANDS = (report, export, publish, receipt, diff, forget)
