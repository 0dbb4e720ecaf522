"""The commands of an instructor whose class is graded. What they do is imported when they do it."""

from pathlib import Path

import click

from assay import options

FORMATS = ("gradescope", "csv", "junit", "parquet", "json")


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
def export(run: Path, to: str, out: Path | None) -> None:
    """Write a run for another program: a platform, a spreadsheet, CI or an analysis.

    Example: assay export run --to junit --out junit.xml
    """
    from assay import ended, exporting, progress
    from reports.text import many

    with progress.shown() as shown:
        written = exporting.export(run, to, out, shown)
    print(f"{many(sum(written.info.counts.values()), 'submission')}\n\nExport  {written.path}")
    ended.tell_unfinished(written.info, "the export")


COMMANDS = (report, export)
