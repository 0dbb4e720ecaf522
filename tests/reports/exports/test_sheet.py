"""A platform's sheet is read whatever separates its cells, and whatever is not filled in passes as it is."""

import csv
import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.exports import ExportError
from reports.exports.sheet import Sheet, amount, read_sheet

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12)


def whole(sheet: Sheet) -> str:
    return sheet.text(range(max(len(row) for row in (sheet.header, *sheet.rows))), 0, {})


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=4),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_what_comes_in_goes_out(rows: list[list[str]], delimiter: str, newline: str, bom: bool) -> None:
    table = [["ID", "Name", "Grade"], *rows]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(table)
    sheet = read_sheet(out.getvalue().encode("utf-8-sig" if bom else "utf-8"), "x.csv", ("ID", "Grade"))
    assert [sheet.header, *sheet.rows] == table
    assert sheet.delimiter == delimiter
    assert whole(sheet) == out.getvalue()
    changed = sheet.text([0, 2], 2, {0: "7"})
    read = list(csv.reader(io.StringIO(changed, newline=""), delimiter=delimiter))
    assert read == [[row[0], row[2]] if n != 1 else [row[0], "7"] for n, row in enumerate(table)]


def test_a_header_full_of_other_separators_misleads_nobody() -> None:
    header = 'ID,Section,"a;b;c;d;e;f;g (1)"\n'
    assert read_sheet(header.encode(), "x.csv", ("ID", "Section")).delimiter == ","


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfeI\x00D\x00", b'"open\n', "Name,ID\nJos\xe9,1\n".encode("latin-1")]
)
def test_what_is_no_sheet_is_refused(data: bytes) -> None:
    with pytest.raises(ExportError, match=r"x\.csv is no .* as the platform gave it"):
        read_sheet(data, "x.csv", ("ID",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", Fraction(12)),
        (" 12.50 ", Fraction(25, 2)),
        ("12,50", Fraction(25, 2)),
        ("1.234,50", Fraction(2469, 2)),
        ("1,234.50", Fraction(2469, 2)),
        (".5", Fraction(1, 2)),
        ("", None),
        ("(read only)", None),
        ("-3", None),
        ("nan", None),
        ("\u0663", None),
        ("1e9", None),
        ("9" * 5000, None),  # Python refuses to read so many digits
    ],
)
def test_numbers_are_read_in_either_way_of_writing(text: str, value: Fraction | None) -> None:
    assert amount(text) == value
