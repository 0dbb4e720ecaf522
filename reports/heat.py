"""Where a tensor is off, as paths for an inline SVG and in words."""

import functools
import math
from dataclasses import dataclass

from markupsafe import Markup

from reports.text import percent
from suites.types import Evidence

SHADES = 12  # steps of darkness in a heat map
SIDE = 168  # pixels along the longer side of a heat map
CELL = 28  # pixels of a cell at most


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


Picture = tuple[tuple[float, ...], ...]


def heat(evidence: Evidence, tensor: str) -> Heat | None:
    """The picture as paths of unit squares; numbers alone reach the page."""
    picture, index = evidence.picture, evidence.index
    if not picture or not picture[0]:
        return None
    rows, columns = len(picture), max(map(len, picture))
    whole = math.prod(evidence.shape) == sum(map(len, picture))
    shades, broken, where = _drawn(picture, "entries" if whole else "blocks of the picture")
    shape = " × ".join(map(str, evidence.shape))
    reduced = evidence.shape != (rows, columns) and math.prod(evidence.shape) > rows * columns
    note = f" The picture is reduced to {rows} × {columns} blocks." if reduced else ""
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
def _drawn(picture: Picture, cells: str) -> tuple[tuple[tuple[str, Markup], ...], Markup, str]:
    """The shades, what holds no number, and where the picture is not blank in words; its `cells` by name."""
    shades: list[list[str]] = [[] for _ in range(SHADES + 1)]
    broken: list[str] = []
    for r, line in enumerate(picture):
        for value, square in zip(line, _squares(r, len(line)), strict=True):
            if 0 < value <= 1:
                shades[math.ceil(value * SHADES)].append(square)
            elif not value <= 0:  # no number, or beyond all bounds
                broken.append(square)
    paths = ((f"{k / SHADES:.2f}", Markup("".join(squares))) for k, squares in enumerate(shades) if squares)
    off = sum(map(len, shades)) + len(broken)
    return tuple(paths), Markup("".join(broken)), _where(picture, off, cells)


@functools.cache
def _squares(row: int, columns: int) -> tuple[str, ...]:
    return tuple(f"M{column} {row}h1v1h-1z" for column in range(columns))


def _where(picture: Picture, off: int, cells: str) -> str:
    """How many cells are off, and the rows or columns that hold them all if they are few."""
    total = sum(map(len, picture))
    where = f"{off} of {total} {cells} ({percent(off / total)})"
    for name, lines in (("row", picture), ("column", tuple(zip(*picture, strict=False)))):
        touched = [str(k) for k, line in enumerate(lines) if not all(value <= 0 for value in line)]
        if 0 < len(touched) <= max(len(lines) // 4, len(lines) > 2):
            where += f", all in {name}{'s' if len(touched) > 1 else ''} {', '.join(touched)}"
    return where
