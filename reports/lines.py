"""A standing as the page lays it out: members and baselines in order, each with a drawn interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.axis import Axis
from reports.standings import Row, Standing, Value
from reports.text import uncertain
from suites.measurement import Baseline

LENGTH = 160  # of a drawn interval, in its own units
_TO_THE_LEFT = "M14 6H1M6 1L1 6L6 11"
_TO_THE_RIGHT = f"M{LENGTH - 14} 6H{LENGTH - 1}M{LENGTH - 6} 1L{LENGTH - 1} 6L{LENGTH - 6} 11"


@dataclass(frozen=True)
class Line:
    """One row of the table; `row` is None for a baseline. Keys are what columns are sorted by."""

    row: Row | None
    order: float
    name: str
    rank: str  # "=2"
    span: str  # "2 – 5", or "" where the rank is certain
    change: str  # by how many ranks; `trend` says which way
    change_key: int
    value: str
    interval: str
    value_key: float
    path: str
    outside: bool  # of the axis: the path is an arrow that points there
    against: str
    against_key: float

    @property
    def trend(self) -> tuple[str, str, str]:
        """The way of the change: its colour, its sign, and the word for who does not see them."""
        if not self.change_key:
            return "mute", "", ""
        return ("good", "▲", "up") if self.change_key > 0 else ("bad", "▼", "down")


def axis_of(standing: Standing, rows: Sequence[Row]) -> Axis:
    """The line on which all intervals of a table are drawn; a baseline that is far off lies outside it."""
    ends = [end for row in rows for end in (row.shown.low, row.shown.high)]
    return Axis.over(ends, standing.scale.name == "log")


def lines(standing: Standing, rows: Sequence[Row], axis: Axis) -> list[Line]:
    """Members in the order of their ranks; a baseline after the last who is no worse."""
    placed: list[tuple[float, Row | Baseline]] = list(enumerate(rows, 1))
    placed += [(_before(standing, rows, each), each) for each in standing.baselines]
    return [_line(standing, axis, order, each) for order, each in sorted(placed, key=lambda pair: pair[0])]


def _before(standing: Standing, rows: Sequence[Row], baseline: Baseline) -> float:
    sign = 1 if standing.scale.better == "lower" else -1
    better = (k for k, row in enumerate(rows, 1) if sign * row.shown.value <= sign * baseline.value)
    return max(better, default=0) + 0.5


def _line(standing: Standing, axis: Axis, order: float, each: Row | Baseline) -> Line:
    shown = each if isinstance(each, Baseline) else each.shown
    row = each if isinstance(each, Row) else None
    value, interval = uncertain(shown.value, shown.low, shown.high)
    against, against_key = _against(standing, shown.value)
    return Line(
        row=row,
        order=order,
        name=each.name,
        rank=f"{'=' * row.place.tied}{row.place.rank}" if row else "–",
        span=f"{row.place.best} – {row.place.worst}" if row and row.place.best < row.place.worst else "",
        change=_change(row.change) if row else "",
        change_key=(row.change or 0) if row else 0,
        value=value,
        interval=interval,
        value_key=shown.value,
        path=_path(axis, shown),
        outside=not axis.low <= shown.value <= axis.high,
        against=against,
        against_key=against_key,
    )


def _change(change: int | None) -> str:
    if change is None:
        return "new"
    return str(abs(change)) if change else "="


def _path(axis: Axis, shown: Value | Baseline) -> str:
    if shown.value < axis.low:
        return _TO_THE_LEFT
    if shown.value > axis.high:
        return _TO_THE_RIGHT
    low, value, high = (round(LENGTH * axis.place(end), 1) for end in (shown.low, shown.value, shown.high))
    return f"M{low:g} 6H{high:g}M{value:g} 1V11"


def mark(axis: Axis, value: float) -> str:
    """The path of a stroke through all intervals at a value; none where it lies beyond them."""
    return f"M{LENGTH * axis.place(value):.1f} -6V18" if axis.low <= value <= axis.high else ""


def _against(standing: Standing, value: float) -> tuple[str, float]:
    """As a ratio to the reference where ratios matter, else as the difference from it."""
    reference = standing.reference
    if reference is None:
        return "", 0.0
    if standing.scale.name == "log":
        ratio = value / reference.value
        return f"{ratio:.2f}×", ratio
    difference = value - reference.value
    return f"{difference:+.2f}".replace("-", "−"), difference


def ahead(rows: Sequence[Row], place: int, most: int = 3) -> Sequence[Row]:
    """The row at `place`, counted from 0, with as many as `most` right before it."""
    return rows[max(place - most, 0) : place + 1]
