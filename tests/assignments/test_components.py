"""The table of docs/components.md, held to the code."""

import importlib
import re
from pathlib import Path

import pytest

from assay.proving.plans import sources
from suites import training_run
from suites.assignment import Assignment, Op
from suites.training import Training

from .proving import proof

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if re.match(r"\| [A-E]\d+ \|", line)
]
ASKED = {*("A3", "A4", "A5"), *("B1", "B2", "B3", "B4", "B5", "B9"), "C2", *(f"E{n}" for n in range(1, 7))}
ASKED |= {f"D{n}" for n in range(1, 14)}


def functions(assignment: Assignment) -> dict[str, Op]:
    """Name of a function that students write to the operation it belongs to."""
    return {name: op for op in assignment.ops for name in (op.forward, op.backward) if name}


def trainings(assignment: Assignment) -> set[str]:
    """The functions of parts that train a network which the grader predicts with."""
    parts = [part for part in assignment.parts if isinstance(part, Training) and part.terms.network]
    return {name for part in parts for name in part.terms.functions}


def predicts() -> set[tuple[str, str]]:
    """What the grader predicts with: the functions of the reference that a run of a training calls."""
    text = Path(str(training_run.__file__)).read_text(encoding="utf-8")
    return set(re.findall(r"\b(\w+)\.(\w+)\(x, weights\)", text))


def test_no_row_is_left_out() -> None:
    assert {row[0] for row in ROWS} == ASKED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1].split()[0]}")
def test_a_row_is_true(row: list[str]) -> None:
    _, _, cell, witness, asked = row
    oracles = set(re.findall(r"`(\w+)\.(\w+)`", cell))
    tests = (ROOT / "tests" / "reference" / witness.strip("`")).read_text(encoding="utf-8")
    for module, function in oracles:
        assert callable(getattr(importlib.import_module(f"reference.{module}"), function))
        assert re.search(rf"reference(\.| import .*\b){module}\b", tests)
    name, *wanted = re.findall(r"`(\w+)`", asked)
    assert wanted
    there = functions(proof(name).assignment)
    if not there:
        assert set(wanted) <= trainings(proof(name).assignment)
        assert oracles <= predicts()
        return
    made_of = sources(proof(name).folder).made_of
    met = set()
    for written in wanted:
        made = made_of(there[written])
        reached = {(m, f) for m, f in oracles if f in made.get(f"reference.{m}", ())}
        assert reached, f"{written} reaches none of {cell}"
        met |= reached
    assert met == oracles, "an oracle is reached by no function of its row"
    named = {v.of for v in proof(name).variants}
    for written in wanted:
        op = there[written]
        of = op.oracle if written == op.forward else op.gradient
        assert of in named, f"no mistake in {written} has a name"
