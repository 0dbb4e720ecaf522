"""The bundled assignments, with parts and points."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import assignments
from grader.plan import outlines
from grader.record import to_plain
from reports.text import points


def entries() -> list[dict[str, Any]]:
    """One plain dict an assignment; points are exact, as "3/2"."""
    listed = []
    for name, folder in assignments.bundled():
        assignment = assignments.load(folder)
        parts = outlines(assignment)
        total = sum(part.points for part in parts)
        listed.append(
            {
                "name": name,
                "title": assignment.title,
                "submit": assignment.submit,
                "points": str(total),
                "parts": [to_plain(part) for part in parts],
            }
        )
    return listed


def lines(listed: list[dict[str, Any]]) -> Iterator[str]:
    """The same for people."""
    for entry in listed:
        yield f"{entry['name']}: {entry['title']}, {_points(entry['points'])}, hand in {entry['submit']}"
        width = max(len(part["name"]) for part in entry["parts"])
        for part in entry["parts"]:
            tensors = ", ".join(f"{tensor} {_number(worth)}" for tensor, worth in part["tensors"])
            yield f"  {part['name']:<{width}} {_points(part['points']):>10}  {tensors}".rstrip()


def _points(worth: str) -> str:
    return f"{_number(worth)} point{'' if worth == '1' else 's'}"


def _number(worth: str) -> str:
    return points(Fraction(worth))
