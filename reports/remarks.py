"""Notes for the instructor, on code that is alike and on what was late. No verdicts, and for no student."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.record import Record
from reports.handed_in import names_of

MOST = 4  # names in a sentence


def remarked(record: Record, alike: Mapping[str, Sequence[str]]) -> Record:
    """The record with all that there is to remark on; `alike` says whose code is like a student's."""
    return with_lateness(with_likeness(record, alike.get(record.student, ())))


def with_lateness(record: Record) -> Record:
    """The record with a remark where its file's name says, by Canvas, that it was late. It costs nothing."""
    if not any(name.late and name.student == record.student for name in names_of(record)):
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
