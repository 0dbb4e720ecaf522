import math

from reports.heat import heat
from suites.types import Evidence


def drawn(*rows: tuple[float, ...], **changes: object) -> Evidence:
    return Evidence(argument="dx", picture=rows, **changes)  # type: ignore[arg-type]


def test_a_heat_map_has_a_path_a_shade_and_nothing_for_what_is_right() -> None:
    made = heat(drawn((0.0, 1.0), (0.01, 1.0)), "dx")
    assert made is not None
    assert dict(made.shades) == {"0.08": "M0 1h1v1h-1z", "1.00": "M1 0h1v1h-1zM1 1h1v1h-1z"}
    assert not made.broken
    assert (made.columns, made.rows) == (2, 2)


def test_cells_without_a_number_are_set_apart() -> None:
    made = heat(drawn((math.nan, math.inf, -math.inf, 0.5), shape=(4,)), "dx")
    assert made is not None
    assert made.broken == "M0 0h1v1h-1zM1 0h1v1h-1z"
    assert "3 of 4 entries" in made.alt


def test_the_words_say_which_lines_are_off() -> None:
    border = [(0.0,) * 8] * 7 + [(1.0,) * 8]
    made = heat(drawn(*border, shape=(8, 8)), "dx")
    assert made is not None
    assert made.alt == "dx of shape 8 × 8 is off in 8 of 64 entries (12 %), all in row 7."
    turned = heat(drawn(*zip(*border, strict=True), shape=(8, 8)), "dx")
    assert turned is not None
    assert turned.alt.endswith("all in column 7.")


def test_the_worst_entry_is_framed_where_the_picture_is_the_array() -> None:
    exact = heat(drawn((0.0, 1.0, 0.0), (0.0, 0.5, 0.0), shape=(2, 3), index=(0, 1)), "dx")
    assert exact is not None
    assert exact.worst == (1, 0)
    reduced = heat(drawn((0.0, 1.0), shape=(2, 30), index=(0, 1)), "dx")
    assert reduced is not None
    assert reduced.worst is None
    assert "reduced to 1 × 2 blocks" in reduced.alt


def test_a_share_is_of_the_entries_where_each_is_in_the_picture_and_of_blocks_elsewhere() -> None:
    """An array of 120 entries is drawn in 48 blocks: how many of its entries are off is not known."""
    reduced = heat(drawn(*[(1.0, 1.0)] * 24, shape=(3, 5, 4, 2)), "dx")
    assert reduced is not None
    assert reduced.alt == (
        "dx of shape 3 × 5 × 4 × 2 is off in 48 of 48 blocks of the picture (100 %). "
        "The picture is reduced to 24 × 2 blocks."
    )
    whole = heat(drawn(*[(1.0, 0.0)] * 12, shape=(2, 3, 2, 2)), "dx")
    assert whole is not None
    assert "is off in 12 of 24 entries (50 %)" in whole.alt


def test_no_picture_no_map() -> None:
    assert heat(Evidence(), "dx") is None
