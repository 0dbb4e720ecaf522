"""Which finding is meant by a number or by words, among those of a record that have lost points."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.errors import AssayError
from grader.record import Record, RunInfo
from reports.gradescope import numbers
from reports.text import inert, some
from suites.types import Finding


@dataclass(frozen=True)
class Lost:
    """A finding and what it is called: its number as in results/SLUG.json, and the title of its part."""

    number: str
    finding: Finding
    title: str

    @property
    def said(self) -> str:
        """Its number and its words."""
        f = self.finding
        return f"{self.number} ({f.part}/{f.tensor}/{f.tier})"

    @property
    def has_lost(self) -> bool:
        return bool(self.finding.points) and self.finding.falls_short

    def is_meant_by(self, words: Sequence[str]) -> bool:
        """Whether each of the words is something that it is called by."""
        f = self.finding
        called = {self.number, f.part, self.title, f.tensor, f.tier, f.check}
        return {word.strip().casefold() for word in words} <= {name.casefold() for name in called}


def meant(info: RunInfo, record: Record, check: str) -> Lost:
    """The finding that is meant and has lost points. AssayError, with the choices, for none or several."""
    titles = {part.name: part.title for part in info.parts}
    everything = [
        Lost(number, finding, titles.get(finding.part, finding.part))
        for number, finding in zip(numbers(info, record.findings), record.findings, strict=True)
    ]
    lost = [each for each in everything if each.has_lost]
    if not lost:
        because = f": it is {record.status}" if not record.findings else ""
        raise AssayError(f"{inert(record.student, 80)} has lost no points to a check{because}")
    named = [each for each in everything if check and each.is_meant_by(check.split("/"))]
    named = named or [each for each in everything if each.is_meant_by([check])]  # a part's name may have a /
    choices = [each for each in named if each.has_lost]
    if len(choices) == 1:
        return choices[0]
    shown = inert(check, 80)
    if choices:
        raise AssayError(f"{shown!r} may be one of: {_all(choices)}")
    what = f"{shown!r} has lost nothing" if named else f"there is no check {shown!r}"
    raise AssayError(f"{what}; {inert(record.student, 80)} has lost points in: {_all(lost)}")


def _all(findings: Sequence[Lost]) -> str:
    return some([each.said for each in findings])
