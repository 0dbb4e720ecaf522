"""Measured quantities in words and on pages: no more digits than stand, no number where none does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from grader.record import Record, RunInfo, Status
from reports.feedback import student_data
from reports.figures import figures, lines
from reports.gradescope import results_data
from reports.pages import feedback_page
from suites.measurement import Baseline, Measurement
from suites.speed import CHECK, OVERALL, PART
from suites.types import Finding, Verdict

SPEED = Measurement(
    quantity="speed", value=0.8214, low=0.8051, high=0.8377, n=18, unit="x the reference's CPU time",
    better="lower", scale="log", band=0.04879, device="a machine", suite="1",
    baselines=(Baseline("reference", 1.0, 1.0, 1.0), Baseline("naive loops", 28.0, 19.0, 41.0)),
    details={"cpu_ms": 40.0, "reference_cpu_ms": 48.7, "wall_over_cpu": 2.5},
)  # fmt: skip


def finding(measurement: Measurement, verdict: Verdict = Verdict.PASS, cause: str = "", name: str = "stack"):
    whole = Fraction(verdict is Verdict.PASS)
    return Finding(PART, CHECK, name, "ordinary", verdict, cause, whole, Fraction(0), measurement=measurement)


def record(*findings: Finding) -> Record:
    return Record("ada", "ada.py", "ada", "0" * 64, Status.GRADED, "", Fraction(4), Fraction(4), findings)


INFO = RunInfo("a", "An assignment", "h", "0", "0", "0", "c", "namespace", "", "", "", Fraction(4), ())
NOTHING = replace(SPEED, value=None, low=None, high=None, n=0, baselines=(), details={})


def test_a_figure_has_two_digits_of_its_uncertainty() -> None:
    (figure,) = figures([finding(SPEED)])
    assert (figure.value, figure.bounds) == ("0.821", "0.805 and 0.838")
    assert figure.rows == (("reference", "1.00", ""), ("naive loops", "28", "19 and 41"))
    assert "a busy machine: 2.5 s passed for a second of CPU time" in figure.facts


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.TIMEOUT, Verdict.FAIL])
def test_where_nothing_stands_there_is_no_number(verdict: Verdict) -> None:
    told = list(lines(*figures([finding(NOTHING, verdict, "the machine is too busy")])))
    assert told == ["stack: speed", f"  no figure ({verdict}): the machine is too busy"]


def test_the_overall_figure_is_told_where_there_are_several() -> None:
    total = finding(SPEED, name=OVERALL)
    assert [figure.name for figure in figures([finding(SPEED), total])] == ["stack"]
    assert len(figures([finding(SPEED), finding(SPEED, name="other"), total])) == 3


def test_an_unofficial_figure_says_so() -> None:
    assert list(lines(*figures([finding(replace(SPEED, official=False))])))[-1].startswith("  unofficial")


def test_it_stands_on_the_students_page_and_in_the_json_apart_from_the_parts() -> None:
    flagged = replace(SPEED, flags=("right to single precision only",))
    page = feedback_page(INFO, record(finding(flagged)))
    for words in (
        "Measured",
        "0.821",
        "0.805 and 0.838",
        "naive loops",
        "Flagged: right to single precision",
    ):
        assert words in page
    assert "What to mend" not in page
    (part,) = student_data(INFO, record(finding(flagged)))["parts"]  # type: ignore[misc]
    assert part["findings"][0]["measurement"]["value"] == 0.8214
    told = replace(SPEED, details={**SPEED.details, "hidden_seed": 7.0})
    (part,) = student_data(INFO, record(finding(told)))["parts"]  # type: ignore[misc]
    assert part["findings"][0]["measurement"]["details"] == SPEED.details
    (test,) = results_data(INFO, record(finding(NOTHING, Verdict.INCONCLUSIVE, "too busy")))["tests"]  # type: ignore[misc]
    assert "status" not in test  # for Gradescope it is neither passed nor failed
    assert test["output"] == "no figure (inconclusive): too busy"
