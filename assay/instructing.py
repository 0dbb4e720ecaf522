"""The commands of an instructor whose class is graded. What they do is imported when they do it."""

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


COMMANDS = (report,)
