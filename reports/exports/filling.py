"""Fills a platform's sheet with the scores of a run: nobody gets a grade who is not one student for sure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.intake.platforms import Platform
from grader.record import Record, RunInfo, Status
from reports.exports import ExportError
from reports.exports.layout import Entry, Layout
from reports.exports.sheet import Sheet, folded
from reports.handed_in import names_of
from reports.summary import known_score
from reports.text import figure, inert

_NUMBER = re.compile(r"_(\d+)$", re.ASCII)  # smithbob_340934
_PROVISIONAL = (Status.PARTIAL, Status.PENDING)


@dataclass(frozen=True)
class Filled:
    """A sheet that is filled in, and who has no grade in it, or none that stands.

    text         the sheet as CSV.
    column       the header of what is filled in.
    grades       how many there are; others, the rows of students that have none of ours.
    missing      students of the run whom the sheet has not; unclear: who fits several rows, or shares one.
    unknown      whose score is not known yet; closed: whom the sheet says to take no grade for.
    unreadable   who has none of the points, since nothing could be read; provisional: whose may still change.
    """

    text: str
    column: str
    grades: int
    others: tuple[str, ...]
    missing: tuple[str, ...]
    unclear: tuple[str, ...]
    unknown: tuple[str, ...]
    closed: tuple[str, ...]
    unreadable: tuple[str, ...]
    provisional: tuple[str, ...]


@dataclass(frozen=True)
class _Claim:
    """A student of the run, and the entries of the sheet that may be theirs."""

    student: str
    score: Fraction | None
    status: Status
    entries: Sequence[Entry]


def filled(
    sheet: Sheet,
    layout: Layout,
    info: RunInfo,
    records: Iterable[Record],
    platform: Platform,
    *,
    scale: bool,
) -> Filled:
    """The sheet with the scores of all whose row is certain. Every other cell stays as it was.

    `scale` scales to the maximum that the sheet declares. Raises ExportError where the maximum is another and
    nobody asked for that, and where the sheet has nobody of the run.
    """
    factor = _factor(sheet, layout, info, scale)
    known = _Known(layout.entries)
    claims = [known.claim(record, platform) for record in records]
    if claims and not any(claim.entries for claim in claims):
        example = inert(claims[0].student, 80)
        raise ExportError(
            f"{sheet.name} has nobody of this run: no student in it is known as {example}, for example"
        )
    wanted = Counter(entry.row for claim in claims for entry in claim.entries)
    sure = [each for each in claims if len(each.entries) == 1 and wanted[each.entries[0].row] == 1]
    certain = {each.student for each in sure}
    scored = [(each, each.entries[0], each.score) for each in sure if not each.entries[0].closed]
    cells = {entry.row: figure(score * factor) for _, entry, score in scored if score is not None}
    return Filled(
        text=sheet.text(layout.kept, layout.column, cells),
        column=sheet.header[layout.column],
        grades=len(cells),
        others=tuple(entry.shown for entry in layout.entries if entry.row not in cells),
        missing=_students(each for each in claims if not each.entries),
        unclear=_students(each for each in claims if each.entries and each.student not in certain),
        unknown=_students(each for each, _, score in scored if score is None),
        closed=_students(each for each in sure if each.entries[0].closed),
        unreadable=_students(each for each, *_ in scored if each.status is Status.UNREADABLE),
        provisional=_students(each for each, *_ in scored if each.status in _PROVISIONAL),
    )


def _factor(sheet: Sheet, layout: Layout, info: RunInfo, scale: bool) -> Fraction:
    """What scores are multiplied by."""
    declared, full = layout.maximum, info.max_score
    column = inert(sheet.header[layout.column], 80)
    if not scale:
        if declared is None or declared == full:
            return Fraction(1)
        raise ExportError(
            f"{column} in {sheet.name} is out of {figure(declared)}, the assignment out of {figure(full)}: "
            "add --scale, or set the points on the platform and download the sheet again"
        )
    if declared is None or not full:
        lacking = f"{sheet.name} declares no maximum for {column}" if full else "the assignment has no points"
        raise ExportError(f"there is nothing to --scale to: {lacking}")
    return declared / full


class _Known:
    """The entries of a sheet by what their students are known by."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_number: dict[str, list[Entry]] = {}
        self._by_name: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.number:
                self._by_number.setdefault(entry.number, []).append(entry)
            for name in entry.names:
                self._by_name.setdefault(name, []).append(entry)

    def claim(self, record: Record, platform: Platform) -> _Claim:
        """The entries with the student's number, and those of whoever is known as the student is to us."""
        number = _number(record, platform)
        found = [*self._by_number.get(number, ()), *self._by_name.get(folded(record.student), ())]
        entries: Mapping[int, Entry] = {entry.row: entry for entry in found}
        return _Claim(record.student, known_score(record), record.status, list(entries.values()))


def _number(record: Record, platform: Platform) -> str:
    """The platform's number of the student: in the name of what was handed in, or else at the end of our id.

    Empty where there is none, or where it is another platform's.
    """
    names = names_of(record)
    if names:
        return next((name.number for name in names if name.platform == platform), "")
    ours = _NUMBER.search(record.student)
    return ours[1] if ours else ""


def _students(claims: Iterable[_Claim]) -> tuple[str, ...]:
    return tuple(claim.student for claim in claims)
