"""The tables of a handout that follow from the declaration: points, domains, kinds of input.

They stand between comments that Markdown doesn't show, and `refresh` rewrites what is between them:

    <!-- generated: points -->
    ...
    <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np

from suites.assignment import TIERS, UNUSUAL_SHARE, Assignment, AuthoringError, Op, Part, Regime
from suites.calibration import read
from suites.parts import SpecialPart
from suites.seal import drawn
from suites.subjects import Tried
from suites.training import Training
from suites.types import Value

SEED = 0  # the tables show the same draws at every refresh; graded cases are drawn from the run's seed
BEGIN, END = "<!-- generated: ", "<!-- end -->"
MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def refresh(text: str, assignment: Assignment) -> str:
    """Return a handout with its generated blocks rewritten. AuthoringError if it has none, or an odd one."""

    def rewritten(match: re.Match[str]) -> str:
        begin, name, end = match.groups()
        if name not in TABLES:
            raise AuthoringError(f"handout: no table is called {name!r}; use one of {', '.join(TABLES)}")
        return f"{begin}\n{TABLES[name](assignment)}\n\n{end}"

    _refuse_endless(text)
    text, blocks = MARKED.subn(rewritten, text)
    if not blocks:
        raise AuthoringError(
            "handout: nothing to refresh; put <!-- generated: points --> and <!-- end --> where a table goes"
        )
    return text


def _refuse_endless(text: str) -> None:
    """A block without an end would take what is written up to the end of another with it."""
    for block in text.split(BEGIN)[1:]:
        if END not in block:
            name = block.split(maxsplit=1)[0]
            raise AuthoringError(f"handout: {BEGIN}{name} --> has no end; put {END} behind its table")


def lacking(text: str, assignment: Assignment) -> Iterator[str]:
    """What a handout lacks: the tables of what there is in the assignment."""
    kinds = {
        "points": True,
        "inputs": bool(assignment.ops),
        "training": any(isinstance(part, Training) for part in assignment.parts),
        "subjects": any(isinstance(part, Tried) for part in assignment.parts),
    }
    there = {name for _, name, _ in MARKED.findall(text)}
    for name, needed in kinds.items():
        if needed and name not in there:
            yield f"the handout has no table of {name}; put {BEGIN}{name} --> and {END} where it goes"


def points_table(assignment: Assignment) -> str:
    """Return points by part, tensor and tier, as Markdown."""
    rows = [row for part in assignment.parts for row in _points_rows(part)]
    total = sum((points for part in assignment.parts for _, points in part.points), Fraction(0))
    header = ("part", "function", "returned", "points", *TIERS)
    return _table(header, [*rows, ("**total**", "", "", f"**{_number(total)}**", "", "")])


def _points_rows(part: Part | SpecialPart) -> Iterator[tuple[str, ...]]:
    """A row a tensor; one for all kinds that a function is tried on, since most of them are hidden."""
    title = part.title or part.name
    if isinstance(part, Tried):
        tiers = [sum(part.shares[s.name] for s in part.kinds if s.tier == tier) for tier in TIERS]
        yield title, f"`{part.function}`", "", *(_number(Fraction(n)) for n in (sum(tiers), *tiers))
        return
    for tensor, points in part.points:
        function = f"`{_function(part.op, tensor)}`" if isinstance(part, Part) else ""
        shares = _shares(part, tensor).values()
        yield title, function, f"`{tensor}`", _number(points), *(_number(points * share) for share in shares)


def inputs_table(assignment: Assignment) -> str:
    """Return, for each operation, its arguments' domains and its kinds of input, as Markdown."""
    return "\n\n".join(_of_operation(op) for op in assignment.ops)


def training_table(assignment: Assignment) -> str:
    """Return, for each part that trains, what it is asked, what it may use and what it needs, as Markdown."""
    rows = []
    for part in assignment.parts:
        if not isinstance(part, Training):
            continue
        calibration, terms = read(part.folder, part.name), part.terms
        needed = [f"{each.name} {each.sealed(calibration).needed:.1f} %" for each in part.levels]
        asked = [f"`{name}({', '.join(arguments)})`" for name, arguments in terms.functions.items()]
        budget = f"{terms.budget.times:g} times the reference's, {calibration.reference_cpu_s:.2f} s"
        rows.append((part.title, ", ".join(asked), str(part.runs), ", ".join(needed), budget))
    return _table(("part", "functions", "runs", "accuracy needed", "CPU time a run"), rows)


def subjects_table(assignment: Assignment) -> str:
    """Return, for each function that is tried on subjects, the public ones and how many are hidden."""
    return "\n\n".join(_of_subjects(part) for part in assignment.parts if isinstance(part, Tried))


def _of_subjects(part: Tried) -> str:
    seen = [(s.title, s.tier, s.about) for s in part.kinds if s.public]
    hidden = [sum(s.tier == tier and not s.public for s in part.kinds) for tier in TIERS]
    rest = f"And {hidden[0]} ordinary and {hidden[1]} unusual kinds that are hidden."
    return f"#### `{part.function}`\n\n{_table(('kind', 'tier', 'what it is'), seen)}\n\n{rest}"


TABLES: dict[str, Callable[[Assignment], str]] = {
    "points": points_table,
    "inputs": inputs_table,
    "training": training_table,
    "subjects": subjects_table,
}


def _shares(part: Part | SpecialPart, tensor: str) -> dict[str, Fraction]:
    """The share of a tensor's points that each tier holds; all of it where there is only one tier."""
    if not isinstance(part, Part):
        return {"ordinary": Fraction(1), "unusual": Fraction(0)}
    op = part.op
    check = "forward" if tensor in op.outputs else "backward"
    present = {regime.tier for regime in op.regimes if check in regime.checks}
    shares = {"ordinary": 1 - UNUSUAL_SHARE, "unusual": UNUSUAL_SHARE}
    if len(present) == 1:
        shares = {tier: Fraction(tier in present) for tier in TIERS}
    return shares


def _function(op: Op, tensor: str) -> str:
    return op.forward if tensor in op.outputs else str(op.backward)


def _of_operation(op: Op) -> str:
    cases = [
        drawn(op, regime, np.random.default_rng([SEED, draw]))
        for regime in op.regimes
        for draw in range(regime.draws)
    ]
    arguments = [
        (f"`{name}`", op.domains.get(name, ""), *_observed([case[name] for case in cases]))
        for name in op.args
    ]
    kinds = [
        (regime.name.replace("_", " "), regime.tier, _seen(regime), regime.about) for regime in op.regimes
    ]
    return "\n\n".join(
        (
            f"#### `{op.forward}({', '.join(op.args)})`",
            _table(("argument", "what it is", "type", "shapes", "values"), arguments),
            _table(("kind of input", "tier", "seen", "what it is"), kinds),
        )
    )


def _seen(regime: Regime) -> str:
    if regime.public:
        return "public"
    return f"hidden, like *{regime.like.replace('_', ' ')}*" if regime.like else "hidden"


def _observed(values: list[Value]) -> tuple[str, str, str]:
    """Types, shapes and range of an argument over all drawn cases."""
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    types = [str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__ for value in values]
    shapes = [str(array.shape) for array in arrays]
    if arrays:
        lowest, highest = min(a.min() for a in arrays), max(a.max() for a in arrays)
        span = f"{_rounded(lowest)} to {_rounded(highest)}"
    else:
        span = ", ".join(f"{value:g}" for value in sorted({v for v in values if isinstance(v, (int, float))}))
    return _distinct(types), _distinct(shapes), span


def _distinct(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _rounded(value: float) -> str:
    """Two significant digits, without an exponent where the number is of everyday size."""
    return f"{float(f'{value:.1e}'):.15g}"


def _number(points: Fraction) -> str:
    return f"{float(points):g}"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
