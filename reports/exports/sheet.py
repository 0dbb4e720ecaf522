"""A table that a platform gives an instructor and takes back: whatever is not filled in passes as it is."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reports.exports import ExportError

_DELIMITERS = ",;\t"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[.,]\d+", re.ASCII)
_LONGEST = 40  # characters of a number: Python refuses to read very long ones


@dataclass(frozen=True)
class Sheet:
    """Header and rows as text; a row may be shorter than the header. `name` is for people."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    delimiter: str = ","
    newline: str = "\n"

    def find(self, column: str) -> int | None:
        """The place of a column by its name, whatever its capitals."""
        names = [folded(name) for name in self.header]
        return names.index(folded(column)) if folded(column) in names else None

    def columns(self, names: Iterable[str]) -> list[int]:
        """The places of those of the columns that are there, in the order of the sheet."""
        wanted = {folded(name) for name in names}
        return [place for place, name in enumerate(self.header) if folded(name) in wanted]

    def text(self, columns: Sequence[int], filled: int, cells: dict[int, str]) -> str:
        """These columns as CSV, with the `cells` put into the column `filled`, by the number of the row."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerow(self.header[place] for place in columns)
        for number, row in enumerate(self.rows):
            changed = {filled: cells[number]} if number in cells else {}
            writer.writerow([changed.get(place, cell_of(row, place)) for place in columns])
        return out.getvalue()


def read_sheet(data: bytes, name: str, known: Collection[str]) -> Sheet:
    """A sheet in UTF-8, with or without a byte order mark, whose cells a comma, semicolon or tab separates.

    The separator is the one by which most of the `known` columns are found. Raises ExportError.
    """
    try:
        text = data.decode("utf-8-sig")
        tables = [(mark, list(_reader(text, mark))) for mark in _DELIMITERS]
    except UnicodeDecodeError as error:
        raise ExportError(f"{name} is no text in UTF-8; take the file as the platform gave it") from error
    wanted = {folded(column) for column in known}
    ranked = [
        (len(wanted & {folded(cell) for cell in rows[0]}), len(rows[0]), mark, rows)
        for mark, rows in tables
        if rows
    ]
    if not ranked:
        raise ExportError(f"{name} is no CSV that can be read; take the file as the platform gave it")
    _, _, mark, rows = max(ranked, key=lambda each: each[:2])
    return Sheet(name, rows[0], rows[1:], mark, "\r\n" if "\r\n" in text else "\n")


def _reader(text: str, delimiter: str) -> list[list[str]]:
    """The rows; none where quotes and delimiter do not go together."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return []


def cell_of(row: Sequence[str], place: int | None) -> str:
    """A cell; empty where the row has none."""
    return row[place] if place is not None and place < len(row) else ""


def folded(text: str) -> str:
    """What texts that mean the same have in common: no capitals, no blanks around, accents composed."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def amount(text: str) -> Fraction | None:
    """The number in a cell, with a point or a comma before its decimals; None where there is none.

    As Canvas reads it: the last point or comma is the decimal one.
    """
    number = text.strip()
    if len(number) > _LONGEST or not _NUMBER.fullmatch(number):
        return None
    *whole, last = re.split("[.,]", number)
    return Fraction(f"{''.join(whole) or 0}.{last}" if whole else last)
