"""What a submission was called when it was downloaded from a platform."""

import re
from collections.abc import Iterable

from grader.intake.platforms import PLATFORMS, Named, Platform, named
from grader.record import Record


def names_of(record: Record) -> list[Named]:
    """Those of a submission's names that a platform gave, as it was read when it was graded.

    Several stand with "and" between them, which a name may have in it, too: in a download each begins with
    the student's own name and number.
    """
    for platform in PLATFORMS:
        first = named(record.submission, platform)
        if first is not None and first.student == record.student:
            own = rf" and (?={re.escape(first.name)}(?:_LATE)?_{first.number}_)"
            return _said(re.split(own, record.submission), platform)
    return _said(record.submission.split(" and "))


def _said(names: Iterable[str], platform: Platform | None = None) -> list[Named]:
    told = (named(name, platform) for name in names)
    return [said for said in told if said is not None]
