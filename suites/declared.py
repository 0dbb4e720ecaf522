"""What contradicts itself in a declaration, seen as a whole, before anything is sealed."""

from __future__ import annotations

from suites.assignment import Assignment, AuthoringError


def refuse_contradictions(assignment: Assignment) -> None:
    """AuthoringError where a part needs what is no part, or takes points away."""
    names = [part.name for part in assignment.parts]
    for part in assignment.parts:
        if isinstance(part.needs, str):
            raise AuthoringError(
                f"part {part.name}: needs is the text {part.needs!r}; write ({part.needs!r},)"
            )
        for need in part.needs:
            if need not in names:
                raise AuthoringError(
                    f"part {part.name} needs {need!r}, which is no part; use any of {', '.join(names)}"
                )
        for what, points in part.points:
            if points < 0:
                raise AuthoringError(f"part {part.name}: {what} has {points} points; give it 0 or more")
