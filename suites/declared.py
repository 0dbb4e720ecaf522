"""What contradicts itself in a declaration, seen as a whole, before anything is sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from suites.assignment import Agreement, Assignment, AuthoringError, Gradient, Op, Part, Regime
from suites.parts import SpecialPart

# The columns of a gradebook before those of the parts, and behind them.
BEFORE_PARTS = ("student", "submission", "status", "score", "max_score")
BEHIND_PARTS = ("feedback", "reason")


def refuse_contradictions(assignment: Assignment) -> None:
    """AuthoringError where an operation or a part cannot mean what it says."""
    arguments = list(dict.fromkeys(name for op in assignment.ops for name in op.args))
    for part in assignment.parts:
        if isinstance(part, Part):
            _refuse_operation(part.op)
            _refuse_strangers(part.op, "domains", part.op.domains, arguments)  # operations may share them
            _refuse_twice(part)
    _refuse_namesakes(assignment)
    names = [part.name for part in assignment.parts]
    for index, part in enumerate(assignment.parts):
        _refuse_needs(part, names, names[:index])
        for what, points in part.points:
            if points < 0:
                raise AuthoringError(f"part {part.name}: {what} has {points} points; give it 0 or more")


def _refuse_needs(part: Part | SpecialPart, names: Collection[str], before: Collection[str]) -> None:
    if isinstance(part.needs, str):
        raise AuthoringError(f"part {part.name}: needs is the text {part.needs!r}; write ({part.needs!r},)")
    for need in part.needs:
        if need not in names:
            raise AuthoringError(
                f"part {part.name} needs {need!r}, which is no part; use any of {', '.join(names)}"
            )
        if need not in before:
            raise AuthoringError(
                f"part {part.name} needs {need!r}, which does not stand before it; "
                "move it up, or leave it out"
            )


def _refuse_namesakes(assignment: Assignment) -> None:
    """A part is known by its name, and an operation by its forward."""
    names = [part.name for part in assignment.parts]
    for name in names:
        if names.count(name) > 1:
            raise AuthoringError(f"there are two parts {name!r}; rename one")
        if name in (*BEFORE_PARTS, *BEHIND_PARTS):
            raise AuthoringError(f"there is a part {name!r}, as a column of every gradebook is; rename it")
    known: dict[str, Op] = {}
    for part in assignment.parts:
        if isinstance(part, Part) and known.setdefault(part.op.forward, part.op) is not part.op:
            raise AuthoringError(
                f"part {part.name}: there is another operation {part.op.forward}; "
                "make one Op of it that all parts share, or rename its forward"
            )


def _refuse_twice(part: Part) -> None:
    """A tensor is worth what one check of a part says; statistics may part it by kinds of input."""
    checks = [check for check in part.checks if isinstance(check, (Agreement, Gradient))]
    tensors = [tensor for check in checks for tensor in check.points]
    for tensor in tensors:
        if tensors.count(tensor) > 1:
            raise AuthoringError(f"part {part.name}: {tensor} has points twice; give them in one check")


def _refuse_operation(op: Op) -> None:
    for item in op.regimes:
        if not isinstance(item, Regime):
            name = getattr(item, "__name__", repr(item))
            raise AuthoringError(f"{op.forward}: {name} in regimes is no regime; write @regime(...) above it")
    backwards = {"backward": op.backward, "gradient": op.gradient, "wrt": op.wrt}
    given = [name for name, value in backwards.items() if value]
    if 0 < len(given) < len(backwards):
        lacks = ", ".join(name for name in backwards if name not in given)
        raise AuthoringError(
            f"{op.forward} has {', '.join(given)} and no {lacks}; an operation has all three, or none of them"
        )
    _refuse_strangers(op, "wrt", op.wrt, op.args)
    _refuse_strangers(op, "terms", op.terms, op.signature.gradients)
    _refuse_strangers(op, "fixed", op.fixed, op.signature.tensors)


def _refuse_strangers(op: Op, field: str, said: Collection[str], known: Sequence[str]) -> None:
    for name in said:
        if name not in known:
            raise AuthoringError(
                f"{op.forward}: {field} speaks of {name!r}; use any of {', '.join(known) or 'none'}"
            )
