"""A board as its page shows it, and the same as data: one thing measured, in all its sections."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.lines import Line, axis_of, lines, mark
from reports.scatter import Scatter, scatter
from reports.standings import Record, Row, Standing, is_overall
from reports.text import uncertain


@dataclass(frozen=True)
class Table:
    """One section of a board's page; `more` members rank below those that are shown."""

    device: str
    suite: str
    newest: bool
    band: str
    lines: tuple[Line, ...]
    more: int
    left_out: Mapping[str, int]
    records: tuple[Mapping[str, str], ...]
    reference: str  # the path of its mark in each drawn interval


@dataclass(frozen=True)
class BoardPage:
    """What was measured of one assignment, in all sections."""

    slug: str
    title: str
    heading: str
    quantity: str
    unit: str
    better: str
    people: int
    first: str
    value: str
    last: str
    tables: tuple[Table, ...]
    scatters: tuple[Scatter, ...]


def _shown(standing: Standing, top: int | None) -> Sequence[Row]:
    return [row for row in standing.rows if top is None or row.place.rank <= top]


def _shown_records(standing: Standing, top: int | None) -> Sequence[Record]:
    """The records of those who are shown: who once held one may rank far below now."""
    members = {row.member for row in _shown(standing, top)}
    return [record for record in standing.records if record.member in members]


def heading(standing: Standing) -> str:
    """What a board is called."""
    quantity, what = standing.section.quantity.capitalize(), standing.section.what
    return f"{quantity} over all workloads" if is_overall(standing.section) else f"{quantity} of {what}"


def board_page(slug: str, group: Sequence[Standing], plots: Sequence[Scatter], top: int | None) -> BoardPage:
    """The page of the standings of one board, the newest suite of each device first."""
    some = group[0]
    tables = tuple(_tables(group, top))
    leaders = [line for line in tables[0].lines if line.row and line.row.place.tier == 1]
    rows = [row for standing in group for row in standing.rows]
    return BoardPage(
        slug=slug,
        title=some.title,
        heading=heading(some),
        quantity=some.section.quantity,
        unit=some.unit,
        better=some.scale.better,
        people=len({row.member for row in rows}),
        first=_first(leaders),
        value=leaders[0].value if leaders else "",
        last=max((row.last for row in rows), default=""),
        tables=tables,
        scatters=tuple(plots),
    )


def _first(leaders: Sequence[Line]) -> str:
    if not leaders:
        return "nobody yet"
    return leaders[0].name if len(leaders) == 1 else f"{leaders[0].name} and {len(leaders) - 1} more, tied"


def _tables(group: Sequence[Standing], top: int | None) -> Iterator[Table]:
    devices = set()
    for standing in group:
        rows = _shown(standing, top)
        axis = axis_of(standing, rows)
        reference = standing.reference
        device = standing.section.device
        yield Table(
            device=device,
            suite=standing.section.suite,
            newest=device not in devices,
            band=_band(standing),
            lines=tuple(lines(standing, rows, axis)),
            more=len(standing.rows) - len(rows),
            left_out=standing.left_out,
            records=tuple(_records(standing, top)),
            reference=mark(axis, reference.value) if reference else "",
        )
        devices.add(device)


def _band(standing: Standing) -> str:
    """The band in words: on a logarithmic scale a share, else an amount."""
    if standing.scale.name == "log":
        return f"{100 * math.expm1(standing.band):.3g} %"
    return f"{standing.band:.3g}"


def _records(standing: Standing, top: int | None) -> Iterator[Mapping[str, str]]:
    for record in reversed(_shown_records(standing, top)):
        shown = record.shown
        value, interval = uncertain(shown.value, shown.low, shown.high)
        yield {"date": record.date, "name": record.name, "value": value, "interval": interval}


def scatters(
    board: Standing, standings: Sequence[Standing], names: Mapping[str, str], top: int | None
) -> Iterator[Scatter]:
    """Accuracy against speed, of the newest suites, where this board is one of the two.

    No clock has a say in an accuracy: measured on another device than the speed, it serves where there is no
    other. Of several speeds the one of all workloads together is shown, where there is one.
    """
    newest: dict[tuple[str, ...], Standing] = {}
    for standing in standings:
        if standing.section.assignment == board.section.assignment:
            newest.setdefault(standing.section[1:5], standing)
    accuracies, speeds = (
        [each for each in newest.values() if each.section.quantity == kind] for kind in ("accuracy", "speed")
    )
    together = [speed for speed in speeds if is_overall(speed.section)] or speeds
    for speed in together:
        same = [each for each in accuracies if each.section.device == speed.section.device]
        for accuracy in same or accuracies:
            if board.section[:4] in (accuracy.section[:4], speed.section[:4]):
                shown = {row.member for standing in (accuracy, speed) for row in _shown(standing, top)}
                plot = scatter(accuracy, speed, names, shown)
                if plot is not None:
                    yield plot


# --------------------------------------------------------------------------- the same as data


def board_data(group: Sequence[Standing], top: int | None) -> dict[str, Any]:
    """The JSON beside the page."""
    some = group[0]
    return {
        "assignment": some.section.assignment,
        "title": some.title,
        "part": some.section.part,
        "what": some.section.what,
        "quantity": some.section.quantity,
        "unit": some.unit,
        "better": some.scale.better,
        "sections": [_section_data(standing, top) for standing in group],
    }


def _section_data(standing: Standing, top: int | None) -> dict[str, Any]:
    reference = standing.reference
    return {
        "device": standing.section.device,
        "suite": standing.section.suite,
        "scale": standing.scale.name,
        "band": standing.band,
        "rows": [_row_data(row) for row in _shown(standing, top)],
        "baselines": [vars(baseline) for baseline in standing.baselines],
        "reference": reference.value if reference else None,
        "records": [
            {"date": record.date, "name": record.name, **vars(record.shown)}
            for record in _shown_records(standing, top)
        ],
        "not_ranked": dict(standing.left_out),
    }


def _row_data(row: Row) -> dict[str, Any]:
    place = row.place
    return {
        "rank": place.rank,
        "tied": place.tied,
        "best": place.best,
        "worst": place.worst,
        "change": row.change,
        "name": row.name,
        **vars(row.shown),
        "n": row.n,
        "entries": row.entries,
        "since": row.since,
        "last": row.last,
        "verified": row.verified or None,
    }
