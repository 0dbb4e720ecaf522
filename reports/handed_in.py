"""What a submission was called when it was downloaded from a platform."""

from grader.intake.platforms import PLATFORMS, Named, named
from grader.record import Record

_BETWEEN = " and "  # the names of several files of one student


def names_of(record: Record) -> list[Named]:
    """Those of a submission's names that a platform gave, as it was read when it was graded."""
    told = [_said(name, record.student) for name in record.submission.split(_BETWEEN)]
    return [name for name in told if name is not None]


def _said(name: str, student: str) -> Named | None:
    readings = [named(name, platform) for platform in PLATFORMS]
    fitting = [said for said in readings if said is not None and said.student == student]
    return fitting[0] if fitting else named(name)
