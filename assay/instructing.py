"""The commands of an instructor whose class is graded. What they do is imported when they do it."""

from pathlib import Path
from typing import Any

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


COMMANDS = (report, receipt)
