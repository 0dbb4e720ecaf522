"""Which finding is meant: by its number, by words, only among those that have lost points."""

from fractions import Fraction

import pytest

from assay.errors import AssayError
from assay.lost import meant
from grader.record import PartOutline, Record, RunInfo, Status
from suites.types import Finding, Verdict

PARTS = (
    PartOutline("forward", "Forward pass", Fraction(4), (("out", Fraction(4)),)),
    PartOutline("soft/max loss", "Loss", Fraction(4), (("dx", Fraction(4)),)),
)
INFO = RunInfo("toy", "Toy", "", "", "", "", "", "namespace", "", "", "", Fraction(8), PARTS)


def finding(part: str, tensor: str, tier: str, lost: bool, points: int = 2) -> Finding:
    verdict = Verdict.FAIL if lost else Verdict.PASS
    check = "gradient" if tensor == "dx" else "agreement"
    return Finding(part, check, tensor, tier, verdict, "", Fraction(not lost), Fraction(points))


FINDINGS = (
    finding("forward", "out", "ordinary", True),
    finding("forward", "out", "unusual", False),
    finding("soft/max loss", "dx", "ordinary", True),
    finding("soft/max loss", "dx", "unusual", True),
    finding("soft/max loss", "dx", "ordinary", True, points=0),  # a property
    finding("essay", "essay", "ordinary", True),
)


def record(*findings: Finding, status: Status = Status.GRADED) -> Record:
    return Record("ada", "ada.py", "ada", "", status, "", Fraction(0), Fraction(8), findings)


@pytest.mark.parametrize(
    ("check", "number"),
    [
        ("1.1", "1.1"),
        ("2.2", "2.2"),
        ("3.1", "3.1"),
        ("out", "1.1"),
        ("Forward Pass", "1.1"),
        ("forward/out", "1.1"),
        ("agreement/forward", "1.1"),
        ("dx/unusual", "2.2"),
        ("Loss / dx / ordinary", "2.1"),
        ("essay", "3.1"),
    ],
)
def test_what_is_meant(check: str, number: str) -> None:
    assert meant(INFO, record(*FINDINGS), check).number == number


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("dx", "'dx' may be one of: 2.1 (soft/max loss/dx/ordinary), 2.2 (soft/max loss/dx/unusual)"),
        ("soft/max loss", "'soft/max loss' may be one of: 2.1 "),
        ("1.2", "'1.2' has lost nothing; ada has lost points in: 1.1 (forward/out/ordinary), 2.1 "),
        ("out/unusual", "'out/unusual' has lost nothing; "),
        ("2.3", "'2.3' has lost nothing; "),
        ("dw", "there is no check 'dw'; ada has lost points in: 1.1 "),
        ("", "there is no check ''; "),
        ("out/dx", "there is no check 'out/dx'; "),
        ("\x1b[2J", "there is no check '\\\\x1b[2J'; "),
    ],
)
def test_what_is_not_clear_is_answered_with_the_choices(check: str, says: str) -> None:
    with pytest.raises(AssayError) as told:
        meant(INFO, record(*FINDINGS), check)
    assert str(told.value).startswith(says)


def test_who_has_lost_nothing() -> None:
    with pytest.raises(AssayError, match=r"^ada has lost no points to a check$"):
        meant(INFO, record(FINDINGS[1], FINDINGS[4]), "out")
    with pytest.raises(AssayError, match=r"^ada has lost no points to a check: it is unreadable$"):
        meant(INFO, record(status=Status.UNREADABLE), "out")
