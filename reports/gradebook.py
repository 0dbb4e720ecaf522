"""`gradebook.csv`: one line a student, numbers as numbers, no text that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable

from grader.record import RunInfo
from reports.summary import Row
from reports.text import cell, figure
from suites.declared import BEFORE_PARTS, BEHIND_PARTS


def gradebook(info: RunInfo, rows: Iterable[Row]) -> str:
    """The table in the order of `rows`; a score that is not known yet is empty, never zero.

    Behind the parts stands whose feedback page is whose, and why a submission was not graded as others.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*BEFORE_PARTS, *(cell(part.name) for part in info.parts), *BEHIND_PARTS])
    for row in rows:
        text = [cell(row.student), cell(row.submission), str(row.status)]
        figures = ("" if each is None else figure(each) for each in (row.score, row.max_score, *row.parts))
        writer.writerow([*text, *figures, f"feedback/{row.slug}.html", cell(row.reason)])
    return out.getvalue()
