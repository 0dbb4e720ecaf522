"""What the sheets of all platforms have in common: rows of people, a column to fill in, a maximum."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reports.exports.sheet import folded


@dataclass(frozen=True)
class Entry:
    """One student in a sheet.

    row     its number in the sheet.
    number  the platform's own, of the student; empty where there is none.
    names   what else the student is known by, folded.
    shown   the name for people; untrusted text.
    closed  the platform takes no grade here, or somebody has decided that there is none.
    """

    row: int
    number: str
    names: frozenset[str]
    shown: str
    closed: bool = False


@dataclass(frozen=True)
class Layout:
    """Where a sheet takes grades.

    column   that is filled in.
    kept     the columns that the platform is given back, in order, `column` among them.
    maximum  that the sheet declares; None where it does not.
    """

    column: int
    kept: Sequence[int]
    entries: Sequence[Entry]
    maximum: Fraction | None


def known_by(cells: Iterable[str]) -> frozenset[str]:
    """The names in these cells, and of an e-mail address also what stands before its @."""
    names = {folded(cell) for cell in cells}
    return frozenset(names | {name.partition("@")[0] for name in names}) - {""}
