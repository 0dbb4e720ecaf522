"""The table of docs/components.md, held to the code."""

import importlib
import re
from pathlib import Path

import pytest

from suites.assignment import Assignment

from .proving import proof

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if re.match(r"\| [A-E]\d+ \|", line)
]
ASKED = {*("A3", "A4", "A5"), *("B1", "B2", "B3", "B4", "B5", "B9"), *(f"E{n}" for n in range(1, 7))}
ASKED |= {f"D{n}" for n in range(1, 14)} - {"D9"}


def functions(assignment: Assignment) -> dict[str, set[int]]:
    """Name of a function that students write to the oracle functions that speak of it."""
    found: dict[str, set[int]] = {}
    for op in assignment.ops:
        found.setdefault(op.forward, set()).add(id(op.oracle))
        if op.backward and op.gradient:
            found.setdefault(op.backward, set()).add(id(op.gradient))
    return found


def test_no_row_is_left_out() -> None:
    assert {row[0] for row in ROWS} == ASKED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1].split()[0]}")
def test_a_row_is_true(row: list[str]) -> None:
    _, _, oracle, witness, asked = row
    module, _, function = oracle.strip("`").partition(".")
    assert callable(getattr(importlib.import_module(f"reference.{module}"), function))
    tests = (ROOT / "tests" / "reference" / witness.strip("`")).read_text(encoding="utf-8")
    assert re.search(rf"reference(\.| import .*\b){module}\b", tests)
    name, *wanted = re.findall(r"`(\w+)`", asked)
    there = functions(proof(name).assignment)
    named = {id(v.of) for v in proof(name).variants}
    for written in wanted:
        assert there[written] & named, f"no mistake in {written} has a name"
