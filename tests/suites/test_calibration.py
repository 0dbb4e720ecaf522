"""What a calibration says of levels and intervals, by hand, and that its file holds all of it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from suites import AuthoringError
from suites.calibration import Calibration, interval, read, standard_error, write

MANY = tuple(90.0 + k / 4 for k in range(23))
TRUTH = Calibration("of", (90.0, 92.0, 97.0), (50.0, 40.0), 1.25)


def test_the_target_is_the_median_with_a_margin_for_luck() -> None:
    assert TRUTH.sigma == pytest.approx(math.sqrt(13))  # deviations of -3, -1 and 4: 26 / 2
    assert TRUTH.target == pytest.approx(92.0 - 1.5 * math.sqrt(13))
    assert TRUTH.naive_mean == 45.0


@pytest.mark.parametrize(
    ("values", "least_sd", "expected"),
    [
        ((93.0, 95.0), 0.0, math.sqrt(2) / math.sqrt(2)),
        ((1.0, 2.0, 3.0, 4.0, 5.0), 0.0, math.sqrt(2.5 / 5)),
        ((93.0, 95.0), 3.0, 3.0 / math.sqrt(2)),  # two values show their spread badly
        ((90.0, 98.0), 3.0, 4.0),
        ((93.0,), 3.0, 3.0),
        ((93.0,), 0.0, 0.0),
    ],
)
def test_the_error_of_a_mean_is_its_spread_by_the_root_of_n(
    values: tuple[float, ...], least_sd: float, expected: float
) -> None:
    assert standard_error(values, least_sd) == pytest.approx(expected)
    mean = sum(values) / len(values)
    half = 1.96 * expected
    assert interval(values, least_sd) == pytest.approx((mean, mean - half, mean + half))


def test_four_times_the_runs_know_the_mean_twice_as_well() -> None:
    assert standard_error((1.0,) * 4, 2.0) == 2 * standard_error((1.0,) * 16, 2.0)


def test_what_is_written_is_read_again_a_table_a_part(tmp_path: Path) -> None:
    parts = {"open": Calibration("a", MANY, MANY[:10], 0.125), "closed": Calibration("b", MANY[:11], (), 2)}
    write(tmp_path, parts)
    assert {name: read(tmp_path, name) for name in parts} == parts


def test_the_file_is_read_by_people(tmp_path: Path) -> None:
    """Ten accuracies a line, and who wrote it."""
    file = write(tmp_path, {"open": Calibration("of", MANY[:12], (50.0,), 1.25)})
    assert file.name == "calibration.toml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Written by `assay calibrate`")
    assert text.partition("\n\n")[2] == (
        '["open"]\nof = "of"\nreference = [\n'
        "    90.00, 90.25, 90.50, 90.75, 91.00, 91.25, 91.50, 91.75, 92.00, 92.25,\n"
        "    92.50, 92.75,\n"
        "]\nnaive = [\n    50.00,\n]\nreference_cpu_s = 1.250\n"
    )


def test_a_part_with_a_name_of_any_language_is_kept(tmp_path: Path, ascii_locale: None) -> None:
    write(tmp_path, {"offen für alle": TRUTH})
    assert read(tmp_path, "offen für alle") == TRUTH


@pytest.mark.parametrize(
    "table",
    ['of = "a"', 'of = "a"\nreference = 3\nnaive = [1]\nreference_cpu_s = 1', 'reference = ["many"]', ""],
)
def test_a_table_that_says_too_little_is_no_calibration(tmp_path: Path, table: str) -> None:
    (tmp_path / "calibration.toml").write_text(f"[open]\n{table}\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match="says nothing usable of the part 'open'"):
        read(tmp_path, "open")


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match=f"run: assay calibrate {tmp_path.name}"):
        read(tmp_path, "open")
