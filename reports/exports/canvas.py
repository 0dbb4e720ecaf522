"""Canvas's gradebook: what Grades, Export gives and Grades, Import takes.

Given back are the columns that say who a student is, which Canvas insists on, and the one that is filled in.
Behind the header stand a row of points and, at times, one of posting policies; neither is a student's.
"""

import re
from collections.abc import Iterable
from fractions import Fraction

from grader.record import RunInfo
from reports.exports import ExportError
from reports.exports.layout import Entry, Layout, known_by
from reports.exports.sheet import Sheet, amount, cell_of, folded
from reports.text import inert, some

KNOWN = (
    "Student",
    "LastName",
    "FirstName",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Integration ID",
    "Root Account",
    "Section",
)
_NAMES = ("ID", "SIS User ID", "SIS Login ID")
_SHOWN = ("Student", "LastName", "FirstName")
_ASSIGNMENT = re.compile(r"(?P<title>.*\S)\s*\((?P<number>\d+)\)\s*", re.ASCII | re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_POINTS = "points possible"
_EXCUSED = "ex"


def layout(sheet: Sheet, info: RunInfo, column: str | None) -> Layout:
    """Where the sheet takes an assignment's grades: in the `column` that is named, or the one that fits."""
    number = sheet.find("ID")
    if number is None or sheet.find("Section") is None:
        missing = "ID" if number is None else "Section"
        raise ExportError(
            f"{sheet.name} has no column named {missing}; --into names what Canvas gives under Grades, Export"
        )
    place = _named(sheet, column) if column is not None else _fitting(sheet, info)
    kept = [*sheet.columns(KNOWN), place]
    names = sheet.columns(_NAMES)
    shown = sheet.columns(_SHOWN)
    entries = [
        Entry(
            row=row,
            number=cell_of(cells, number).strip(),
            names=known_by(cell_of(cells, name) for name in names),
            shown=_without_comma(cell_of(cells, name) for name in shown),
            closed=folded(cell_of(cells, place)) == _EXCUSED,
        )
        for row, cells in enumerate(sheet.rows)
        if cell_of(cells, number).strip()
    ]
    return Layout(place, kept, entries, _maximum(sheet, place))


def _without_comma(names: Iterable[str]) -> str:
    """The name as it can stand in a list: Smith Bob."""
    return " ".join(name.replace(",", "") for name in names)


def _named(sheet: Sheet, column: str) -> int:
    """The one column of this header, title or number in brackets."""
    found = [
        place
        for place, title, number in _assignments(sheet)
        if folded(column) in (folded(sheet.header[place]), folded(title), number)
    ]
    if len(found) == 1:
        return found[0]
    which = "more than one column" if found else "no column of an assignment"
    raise ExportError(f"{sheet.name} has {which} called {column}; --column takes {_choice(sheet)}")


def _fitting(sheet: Sheet, info: RunInfo) -> int:
    """The one column that is called as the assignment is, or else whose title holds that name."""
    names = {_words(name) for name in (info.title, info.assignment)}
    titles = [(place, _words(title)) for place, title, _ in _assignments(sheet)]
    called = [place for place, title in titles if title in names]
    found = called or [place for place, title in titles if any(name in title for name in names)]
    if len(found) == 1:
        return found[0]
    told = f"more than one column of {sheet.name} fits" if found else f"no column of {sheet.name} fits"
    raise ExportError(f"{told} {inert(info.title)}; name it with --column: {_choice(sheet)}")


def _assignments(sheet: Sheet) -> list[tuple[int, str, str]]:
    """Place, title and number of each column of an assignment."""
    found = [(place, _ASSIGNMENT.fullmatch(name)) for place, name in enumerate(sheet.header)]
    columns = [(place, match["title"], match["number"]) for place, match in found if match]
    if not columns:
        raise ExportError(f"{sheet.name} has no column of an assignment: none ends with a number in brackets")
    return columns


def _choice(sheet: Sheet) -> str:
    return some([sheet.header[place] for place, _, _ in _assignments(sheet)])


def _words(text: str) -> str:
    """The words with a blank before and after each, so that one is in a text only as a whole."""
    return f" {' '.join(_WORD.findall(folded(text)))} "


def _maximum(sheet: Sheet, place: int) -> Fraction | None:
    """The points possible."""
    for cells in sheet.rows:
        if _POINTS in folded(cell_of(cells, 0)):
            return amount(cell_of(cells, place))
    return None
