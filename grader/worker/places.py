"""Where a line of a submission stands, as its author counts: in a notebook, by its cells."""

from __future__ import annotations

import re

_HEADING = "# --- cell {}"
_HEADED = re.compile(r"# --- cell (\d+)")


def heading(cell: int) -> str:
    """The line that stands above a cell in the script of a notebook."""
    return _HEADING.format(cell)


def place(source: str, line: int) -> str:
    """A line of a source in words; in a notebook's script, of which cell."""
    if source.startswith(heading(1) + "\n"):
        before = source.split("\n")[: line - 1]
        for above, text in enumerate(reversed(before), 1):
            if found := _HEADED.fullmatch(text):
                return f"line {above} of cell {found.group(1)}"
    return f"line {line}"
