"""A record as the pages lay it out: parts, a line a finding, a card for whatever needs words."""

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from grader.record import PartOutline, Record, RunInfo, Status
from reports.text import pair, percent, points, points_of, quantity
from suites.types import Diagnosis, Evidence, Finding, Verdict

SHADES = 12  # steps of darkness in a heat map
SIDE = 240  # pixels along the longer side of a heat map
CELL = 34  # pixels of a cell at most


@dataclass(frozen=True)
class Heat:
    """Where a tensor is off: one path a shade, drawn on a grid of `columns` by `rows` unit squares."""

    columns: int
    rows: int
    width: int
    height: int
    shades: tuple[tuple[str, Markup], ...]
    broken: Markup  # cells that hold no number
    worst: tuple[int, int] | None  # column, row
    alt: str


@dataclass(frozen=True)
class Worst:
    """The entry that is furthest off."""

    entry: str
    expected: str
    got: str
    error: str


@dataclass(frozen=True)
class Sight:
    """What was seen in one tier, or alike in several."""

    label: str
    evidence: Evidence
    worst: Worst | None
    heat: Heat | None


@dataclass(frozen=True)
class Card:
    """What there is to say about one finding, or about several of which the same is to be said."""

    title: str
    where: tuple[str, ...]
    verdict: Verdict
    lost: str
    diagnosis: Diagnosis | None
    sights: tuple[Sight, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PartView:
    """One part: what was earned, a line a finding, cards."""

    title: str
    score: str  # "3.6 / 4"
    share: float | None
    needs: tuple[str, ...]
    findings: tuple[tuple[Finding, str], ...]
    cards: tuple[Card, ...]
    remark: str


def part_views(info: RunInfo, record: Record) -> list[PartView]:
    """The parts in the assignment's order, then any that the outline does not name."""
    by_part: dict[str, list[Finding]] = {part.name: [] for part in info.parts}
    for finding in record.findings:
        by_part.setdefault(finding.part, []).append(finding)
    titles = {part.name: part.title for part in info.parts}
    outlines = {part.name: part for part in info.parts}
    return [
        _part(outlines.get(name), name, findings, record.status, titles) for name, findings in by_part.items()
    ]


def _part(
    outline: PartOutline | None, name: str, findings: list[Finding], status: Status, titles: dict[str, str]
) -> PartView:
    score = sum((finding.score for finding in findings), Fraction(0))
    full = outline.points if outline else sum((finding.points for finding in findings), Fraction(0))
    graded = bool(findings) or status is Status.UNREADABLE
    return PartView(
        title=outline.title if outline else name,
        score=points_of(score, full) if graded else f"– / {points(full)}",
        share=float(score / full) if graded and full else None,
        needs=tuple(titles.get(need, need) for need in outline.needs) if outline else (),
        findings=tuple((finding, points_of(finding.score, finding.points)) for finding in findings),
        cards=tuple(_cards(findings)),
        remark="" if findings else _unasked(status),
    )


def _unasked(status: Status) -> str:
    if status is Status.UNREADABLE:
        return "Nothing could be asked: the submission could not be read."
    if status is Status.PENDING:
        return "People grade this part; it is not graded yet."
    return "Not graded yet."


def _cards(findings: Iterable[Finding]) -> list[Card]:
    """A finding that has something to say gets a card; findings of which the same is to be said share one."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        evidence = finding.evidence
        seen = evidence.picture or evidence.text or evidence.failed_cases or evidence.index is not None
        if finding.diagnosis or finding.notes or seen:
            words = (finding.verdict, finding.cause, finding.diagnosis, finding.notes)
            about = evidence.text or finding.tensor
            groups.setdefault((words, about), []).append(finding)
    return [_card(group) for group in groups.values()]


def _card(group: list[Finding]) -> Card:
    finding = group[0]
    diagnosis = finding.diagnosis
    lost = sum((f.points - f.score for f in group), Fraction(0))
    title = finding.cause[:1].upper() + finding.cause[1:]
    if diagnosis:
        title = diagnosis.says or diagnosis.symptom
    return Card(
        title=title or str(finding.verdict),
        where=tuple(dict.fromkeys(f"{f.tensor}, {f.tier}" for f in group)),
        verdict=finding.verdict,
        lost=points(lost) if lost else "",
        diagnosis=diagnosis,
        sights=tuple(_sights(group)),
        notes=finding.notes,
    )


def _sights(group: list[Finding]) -> list[Sight]:
    """One a finding; but what several raised alike, with no entry to point at, is seen once."""
    sights: list[Sight] = []
    raised: set[str] = set()
    for finding in group:
        evidence = finding.evidence
        worst, map_ = _worst(evidence, finding.tensor), heat(evidence, finding.tensor)
        if worst is None and map_ is None and evidence.text in raised and evidence.text:
            continue
        raised.add(evidence.text)
        label = f"{finding.tensor}, {finding.tier}" if len(group) > 1 else ""
        sights.append(Sight(label, evidence, worst, map_))
    return sights


def _worst(evidence: Evidence, tensor: str) -> Worst | None:
    if evidence.index is None:
        return None
    expected, got = pair(evidence.expected, evidence.got)
    at = f"[{', '.join(map(str, evidence.index))}]" if evidence.index else ""
    return Worst(f"{evidence.argument or tensor}{at}", expected, got, quantity(evidence.max_error))


Picture = tuple[tuple[float, ...], ...]


def heat(evidence: Evidence, tensor: str) -> Heat | None:
    """The picture as paths of unit squares; numbers alone reach the page."""
    picture, index = evidence.picture, evidence.index
    if not picture or not picture[0]:
        return None
    rows, columns = len(picture), max(map(len, picture))
    shades, broken, where = _drawn(picture)
    shape = " × ".join(map(str, evidence.shape))
    reduced = evidence.shape != (rows, columns) and math.prod(evidence.shape) > rows * columns
    note = f" The picture is reduced to {rows} × {columns} cells." if reduced else ""
    size = max(1, min(CELL, SIDE // max(rows, columns)))
    exact = evidence.shape == (rows, columns) and index is not None and len(index) == 2
    return Heat(
        columns=columns,
        rows=rows,
        width=size * columns,
        height=size * rows,
        shades=shades,
        broken=broken,
        worst=(index[1], index[0]) if exact and index is not None else None,
        alt=f"{evidence.argument or tensor}{f' of shape {shape}' if shape else ''} is off in {where}.{note}",
    )


@functools.lru_cache(maxsize=64)  # both pages of a student show it
def _drawn(picture: Picture) -> tuple[tuple[tuple[str, Markup], ...], Markup, str]:
    """The shades, the cells that hold no number, and where the picture is not blank in words."""
    shades: list[list[str]] = [[] for _ in range(SHADES + 1)]
    broken: list[str] = []
    for r, line in enumerate(picture):
        for value, square in zip(line, _squares(r, len(line)), strict=True):
            if 0 < value <= 1:
                shades[math.ceil(value * SHADES)].append(square)
            elif not value <= 0:  # no number, or beyond all bounds
                broken.append(square)
    paths = ((f"{k / SHADES:.2f}", Markup("".join(cells))) for k, cells in enumerate(shades) if cells)
    off = sum(map(len, shades)) + len(broken)
    return tuple(paths), Markup("".join(broken)), _where(picture, off)


@functools.cache
def _squares(row: int, columns: int) -> tuple[str, ...]:
    return tuple(f"M{column} {row}h1v1h-1z" for column in range(columns))


def _where(picture: Picture, off: int) -> str:
    """How many cells are off, and the rows or columns that hold them all if they are few."""
    total = sum(map(len, picture))
    where = f"{off} of {total} cells ({percent(off / total)})"
    for name, lines in (("row", picture), ("column", tuple(zip(*picture, strict=False)))):
        touched = [str(k) for k, line in enumerate(lines) if not all(value <= 0 for value in line)]
        if 0 < len(touched) <= max(len(lines) // 4, len(lines) > 2):
            where += f", all in {name}{'s' if len(touched) > 1 else ''} {', '.join(touched)}"
    return where
