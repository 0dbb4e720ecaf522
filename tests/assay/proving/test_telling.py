"""A proof in words: nothing that an author must read is cut."""

import pytest

from assay.proving.proof import Check, MutantsCheck, Proof
from assay.proving.telling import lines

LONG = (
    "the tables of the handout are old: " + "python -m assignments refresh some/long/folder " * 4 + "at last"
)
NAME = "solutions/" + "x" * 60 + ".py"


def told(width: int, short: tuple[str, ...]) -> list[str]:
    checks = (Check("starter", 0, short), Check("stubs", 4, (), short))
    mutants = MutantsCheck(2, 1, 0, (), short)
    return list(lines(Proof("toy", "Toy", 3, checks, mutants, 1.0), width))


@pytest.mark.parametrize("width", [20, 80, 110])
def test_complaints_and_notes_are_told_to_the_end_within_the_width(width: int) -> None:
    said = told(width, (LONG, "short"))
    assert " ".join(" ".join(said).split()).count(LONG) == 3  # of both checks, and of the mutants
    assert said.count("           short") == 3
    indented = [line for line in said if line.startswith(" " * 11)]
    assert max(map(len, indented)) <= max(width, 40)
    assert all(
        line.startswith(" " * 13) for line in indented if line.strip().split()[0] not in ("the", "short")
    )


def test_a_path_stays_in_one_piece() -> None:
    assert any(NAME in line for line in told(40, (f"{NAME} is off",)))


def test_complaints_are_counted() -> None:
    assert any(line.endswith(" 1 complaint") for line in told(80, ("one",)))
    assert any(line.endswith(" 2 complaints") for line in told(80, ("one", "two")))
