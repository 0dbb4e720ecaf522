from fractions import Fraction

import pytest

from reports.text import cell, duration, inert, pair, percent, points, points_of, when


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 数学 עברית", "plain é 数学 עברית"),
        ("\x1b[31m\x07\x00", r"\x1b[31m\x07\x00"),
        ("\x9b2J\x7f\x85", r"\x9b2J\x7f\x85"),
        ("a\u202eb\u2066c\u200dd\ufeff", r"a\u202eb\u2066c\u200dd\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
    ],
)
def test_inert_spells_out_what_could_fool(text: str, shown: str) -> None:
    assert inert(text) == shown
    assert inert(inert(text)) == shown


def test_inert_keeps_lines_where_there_may_be_several() -> None:
    assert inert("a\r\nb\tc\rd\x0b", 100, lines=True) == "a\nb\tc\\rd\\x0b"


def test_inert_says_how_much_it_drops() -> None:
    assert inert("x" * 5000, 10) == "x" * 10 + " … 4990 characters dropped"
    assert inert("x" * 5000, 10, lines=True) == "x" * 10 + "\n… 4990 characters dropped"
    assert inert("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "'=", '"=', " \" '@", "＝", "\n="])
def test_a_cell_is_never_a_formula(start: str) -> None:
    assert cell(start + "1").startswith("'")


@pytest.mark.parametrize("text", ["ada", "a=b", "", " ada", "3"])
def test_a_cell_of_plain_text_stays(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("18/5", "3.6"),
        ("4", "4"),
        ("0", "0"),
        ("1/3", "0.33"),
        ("2/3", "0.67"),
        ("-1/2", "-0.5"),
        ("100", "100"),
    ],
)
def test_points_have_two_decimals_at_most(value: str, shown: str) -> None:
    assert points(Fraction(value)) == shown


def test_less_than_full_marks_never_reads_as_full_marks() -> None:
    assert points_of(Fraction(3999, 1000), Fraction(4)) == "3.99 / 4"
    assert points_of(Fraction(4), Fraction(4)) == "4 / 4"
    assert percent(0.999) == "99 %"
    assert percent(0.001) == "1 %"
    assert percent(1.0) == "100 %"


def test_numbers_are_told_apart() -> None:
    assert pair(0.5, 0.25) == ("0.5", "0.25")
    assert pair(0.5, 0.500000001) == ("0.5", "0.500000001")
    assert pair(float("nan"), None) == ("nan", "")


def test_units() -> None:
    assert duration(0.0042) == "4.2 ms"
    assert duration(41) == "41 s"
    assert duration(300) == "5 min"
    assert when("2026-11-20T14:03:22.5Z") == "2026-11-20 14:03 UTC"
    assert when("yesterday") == "yesterday"
