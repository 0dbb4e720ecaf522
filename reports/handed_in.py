"""What a submission was called when it was downloaded from a platform."""

from grader.intake.platforms import Named, named
from grader.record import Record

_BETWEEN = " and "  # the names of several files of one student


def names_of(record: Record) -> list[Named]:
    """Those of a submission's names that a platform gave."""
    told = map(named, record.submission.split(_BETWEEN))
    return [name for name in told if name is not None]
