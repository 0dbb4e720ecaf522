"""Moodle's grading worksheet of an assignment: what it lets you download, and upload again.

The whole sheet is given back: by the times in it Moodle sees whether a grade has changed meanwhile. Its words
are those of the course's language; the order of its columns is not: the participant stands first, and the
maximum right behind the grade.
"""

import re
from fractions import Fraction

from reports.exports import ExportError
from reports.exports.layout import Entry, Layout, known_by
from reports.exports.sheet import Sheet, amount, cell_of, folded
from reports.text import figure, some

GRADE = "Grade"
KNOWN = ("Identifier", GRADE, "Maximum Grade")
_NAMES = ("Email address", "Email", "Username", "ID number")
_NUMBER = re.compile(r"\d+$", re.ASCII)  # Participant 123
_SHOWN = ("Full name", "Identifier")
_OPEN = "Grade can be changed"


def layout(sheet: Sheet, column: str | None) -> Layout:
    """Where the sheet takes grades: in its column Grade, or in the `column` that is named."""
    place = sheet.find(column or GRADE)
    if place is None:
        cure = "--column names the one for grades, where the sheet speaks another language"
        raise ExportError(f"{sheet.name} has no column named {column or GRADE}; {cure}: {some(sheet.header)}")
    identifier = sheet.find("Identifier") or 0
    names = sheet.columns(_NAMES)
    shown = (sheet.columns(_SHOWN[:1]) or [identifier])[0]
    changeable = sheet.find(_OPEN)
    entries = [
        Entry(
            row=row,
            number=_number(cell_of(cells, identifier)),
            names=known_by(cell_of(cells, name) for name in names),
            shown=cell_of(cells, shown),
            closed=folded(cell_of(cells, changeable)) == "no",
        )
        for row, cells in enumerate(sheet.rows)
        if any(cell.strip() for cell in cells)
    ]
    return Layout(place, range(len(sheet.header)), entries, _maximum(sheet, place))


def _number(identifier: str) -> str:
    found = _NUMBER.search(identifier.strip())
    return found[0] if found else ""


def _maximum(sheet: Sheet, place: int) -> Fraction | None:
    """The maximum that the rows declare, which is the same in all of them."""
    behind = sheet.find("Maximum Grade")
    told = (amount(cell_of(cells, place + 1 if behind is None else behind)) for cells in sheet.rows)
    found = sorted({value for value in told if value is not None})
    if len(found) > 1:
        raise ExportError(f"{sheet.name} has more than one maximum: {', '.join(map(figure, found))}")
    return found[0] if found else None
