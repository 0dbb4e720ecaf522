"""Notes for the instructor on what a source shows. They are no verdicts, and no student ever reads them."""

from collections.abc import Sequence
from dataclasses import replace

from grader.intake.platforms import named
from grader.record import Record

MOST = 4  # names in a sentence


def with_lateness(record: Record) -> Record:
    """The record with a remark where its file's name says, by Canvas, that it was late. It costs nothing."""
    says = [named(name, "canvas") for name in record.submission.split(" and ")]
    if not any(said and said.late and said.student == record.student for said in says):
        return record
    return replace(record, remarks=("handed in late, by what Canvas calls it", *record.remarks))


def with_likeness(record: Record, others: Sequence[str]) -> Record:
    """The record with a remark on those whose code is alike, if there are any."""
    if not others:
        return record
    return replace(record, remarks=(*record.remarks, _told(others)))


def _told(others: Sequence[str]) -> str:
    named = [name[:60] for name in others[:MOST]]
    more = len(others) - len(named)
    last = f"{more} more" if more else named.pop()
    names = f"{', '.join(named)} and {last}" if named else last
    return f"the same code as that of {names}, up to names, comments and layout"
