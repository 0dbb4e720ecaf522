"""Mutants of source text: the small mistakes that a proof must notice, made from the syntax tree.

A mutant replaces one expression, or drops one statement. It is known by its words, which don't hold the
line's number, so that they survive an edit elsewhere:

    forward: x.mean(axis=i) -> x.sum(axis=i)

Left alone are the guards (`if ...: raise`), annotations, docstrings, defaults, imports and messages: nothing
that is graded depends on them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Callable, Union

Node = Union[ast.expr, ast.stmt]

SWAPPED_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
TERMS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr)
BOTH_SIDES = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)  # of these the left operand may go missing, too
SWAPPED_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_PAIRS = (
    *(("sum", "mean"), ("max", "min"), ("maximum", "minimum"), ("argmax", "argmin"), ("var", "std")),
    *(("any", "all"), ("zeros_like", "ones_like"), ("zeros", "ones"), ("floor", "ceil"), ("sin", "cos")),
    *(("cumsum", "cumprod"), ("fmax", "fmin"), ("logical_and", "logical_or"), ("triu", "tril")),
)
SWAPPED_NAMES = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
SKIPPABLE = frozenset(
    {"sqrt", "exp", "log", "abs", "square", "tanh", "log1p", "expm1", "flip", "negative", "transpose"}
)
TURNS = frozenset({"transpose", "swapaxes", "conj", "flip"})  # methods that leave the numbers as they are
COMMUTATIVE = frozenset(
    {"max", "min", "maximum", "minimum", "add", "multiply", "logaddexp", "isclose", "hypot"}
)
HARMLESS_KEYWORDS = frozenset({"dtype", "copy", "out", "order", "casting", "optimize", "strict", "subok"})


@dataclass(frozen=True)
class Mutant:
    """One mutated source text. `words` know it among all mutants of its module."""

    words: str
    line: int
    before: str  # the line as it stands
    after: str  # and as it was mutated
    source: str
    measured: bool = False  # no more than a threshold moved: see `_moves_a_threshold`


def mutants(source: str, functions: Collection[str] | None = None) -> list[Mutant]:
    """All mutants of these top-level definitions (of all of them for None), by line."""
    tree = ast.parse(source)
    lines = source.splitlines()
    guards = frozenset(d.name for d in tree.body if isinstance(d, ast.FunctionDef) and _only_guards(d))
    found: list[Mutant] = []
    seen: dict[str, int] = {}
    for definition in tree.body:
        name = name_of(definition)
        if not name or (functions is not None and name not in functions):
            continue
        factors = _factors_compared(definition)
        for node, changed in _sites(definition, guards):
            before, after = ast.unparse(node), _text(changed)
            mutated = _spliced(lines, node, after)
            whole = "\n".join(mutated.splitlines()[definition.lineno - 1 : definition.end_lineno])
            if before == after or not _compiles(whole):
                continue
            was, now = lines[node.lineno - 1].strip(), mutated.splitlines()[node.lineno - 1].strip()
            if not isinstance(node, ast.Constant):  # which says nothing without what stands around it
                was, now = _one_line(before), _one_line(after)
            words = f"{name}: {was} -> {now}"
            seen[words] = seen.get(words, 0) + 1
            if seen[words] > 1:
                words += f" #{seen[words]}"
            found.append(
                Mutant(
                    words,
                    node.lineno,
                    lines[node.lineno - 1].strip(),
                    mutated.splitlines()[node.lineno - 1].strip(),
                    mutated,
                    _moves_a_threshold(node, changed, factors),
                )
            )
    return sorted(found, key=lambda mutant: mutant.line)


def name_of(definition: ast.stmt) -> str:
    """The name that a top-level statement defines; empty for one that defines none, or several."""
    if isinstance(definition, (ast.FunctionDef, ast.ClassDef)):
        return definition.name
    if isinstance(definition, ast.Assign) and len(definition.targets) == 1:
        target = definition.targets[0]
        return target.id if isinstance(target, ast.Name) else ""
    if isinstance(definition, ast.AnnAssign) and isinstance(definition.target, ast.Name):
        return definition.target.id if definition.value is not None else ""
    return ""


# --------------------------------------------------------------------------- where


def _sites(node: ast.AST, guards: frozenset[str]) -> Iterator[tuple[Node, Node]]:
    """Each (node, what stands in its place) below a node that may be mutated at all."""
    if isinstance(node, ast.stmt):
        if _is_guard(node) or _says_nothing(node) or _calls_one(node, guards):
            return
        yield from ((node, changed) for changed in _statements(node))
    elif isinstance(node, ast.expr):
        if isinstance(node, ast.JoinedStr):
            return
        yield from ((node, changed) for changed in _expressions(node))
    for child in _children(node):
        yield from _sites(child, guards)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What may be mutated inside a node: no annotations, decorators, defaults, bases or targets."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield from node.body
    elif isinstance(node, ast.AnnAssign):
        yield from [node.value] if node.value is not None else []
    elif isinstance(node, (ast.Assign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.slice for target in targets if isinstance(target, ast.Subscript))
        yield node.value
    elif isinstance(node, ast.With):
        yield from node.body  # what a context manager is told (errstate) changes no number
    elif isinstance(node, ast.Lambda):
        yield node.body
    elif isinstance(node, ast.Call):
        yield node.func
        yield from (arg for arg in node.args if not _is_the_rest(node, arg))
        yield from (k.value for k in node.keywords if k.arg not in HARMLESS_KEYWORDS and not _is_switch(k))
    elif isinstance(node, ast.Try):
        yield from (*node.body, *node.orelse, *node.finalbody)
    elif isinstance(node, ast.Raise):
        return
    else:
        yield from ast.iter_child_nodes(node)


def _is_guard(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Assert, ast.Raise, ast.Import, ast.ImportFrom)):
        return True
    return isinstance(node, ast.If) and not node.orelse and all(isinstance(s, ast.Raise) for s in node.body)


def _only_guards(node: ast.FunctionDef) -> bool:
    return all(_is_guard(statement) or _says_nothing(statement) for statement in node.body)


def _calls_one(node: ast.stmt, guards: frozenset[str]) -> bool:
    """Whether a statement calls a function of guards."""
    called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in guards


def _is_the_rest(node: ast.Call, arg: ast.expr) -> bool:
    """Whether it is the -1 of a reshape, for which NumPy takes any negative number."""
    named = isinstance(node.func, ast.Attribute) and node.func.attr == "reshape"
    return named and isinstance(arg, ast.UnaryOp) and ast.unparse(arg) == "-1"


def _moves_a_threshold(node: Node, changed: Node, factors: frozenset[ast.AST]) -> bool:
    """Whether a mutant only moves where a measured size is too large: that is no mistake in the mathematics.

    So is a float that is doubled, a factor of a comparison (`gap > 20 * noise`) that is one more or less, and
    `<=` for `<` between products, quotients, powers or floats, which no input makes equal.
    """
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float) or node in factors
    if not (isinstance(node, ast.Compare) and isinstance(changed, ast.Compare)):
        return False
    ends = {type(node.ops[0]), type(changed.ops[0])} in ({ast.Lt, ast.LtE}, {ast.Gt, ast.GtE})
    return ends and any(_is_measured(part) for part in ast.walk(node))


def _factors_compared(definition: ast.AST) -> frozenset[ast.AST]:
    """Whole numbers beyond 2 that multiply within a comparison."""
    compared = [
        part for node in ast.walk(definition) if isinstance(node, ast.Compare) for part in ast.walk(node)
    ]
    products = [part for part in compared if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)]
    sides = [side for product in products for side in (product.left, product.right)]
    return frozenset(
        s for s in sides if isinstance(s, ast.Constant) and isinstance(s.value, int) and s.value > 2
    )


def _is_measured(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Mult, ast.Div, ast.Pow))
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value != 0


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


# --------------------------------------------------------------------------- what


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(node, ast.AugAssign):
        swapped = SWAPPED_OPERATORS.get(type(node.op))
        if swapped is not None:
            yield _like(node, op=swapped())
        yield ast.Pass()
    elif _may_go(node):
        yield ast.Pass()


def _may_go(node: ast.stmt) -> bool:
    """Whether code without this statement still makes sense: it is there for what it changes."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Subscript)
    return isinstance(node, (ast.Break, ast.Continue))


def _expressions(node: ast.expr) -> Iterator[ast.expr]:
    for kind, changed in CHANGES.items():
        if isinstance(node, kind):
            yield from changed(node)


def _unary(node: ast.UnaryOp) -> Iterator[ast.expr]:
    if not isinstance(node.op, ast.UAdd):
        yield node.operand


def _boolean(node: ast.BoolOp) -> Iterator[ast.expr]:
    yield _like(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    if len(node.values) == 2:
        yield from node.values


def _comparisons(node: ast.Compare) -> Iterator[ast.expr]:
    if len(node.ops) == 1:
        for other in SWAPPED_COMPARISONS[type(node.ops[0])]:
            yield _like(node, ops=[other()])


def _choices(node: ast.IfExp) -> Iterator[ast.expr]:
    yield from (node.body, node.orelse)


def _axes(node: ast.Tuple) -> Iterator[ast.expr]:
    """A tuple of axes, each of which may be forgotten."""
    numbers = all(isinstance(e, (ast.Constant, ast.UnaryOp, ast.Starred)) for e in node.elts)
    if isinstance(node.ctx, ast.Load) and len(node.elts) > 2 and numbers:
        for i in range(len(node.elts)):
            yield _like(node, elts=node.elts[:i] + node.elts[i + 1 :])


def _binary(node: ast.BinOp) -> Iterator[ast.expr]:
    swapped = SWAPPED_OPERATORS.get(type(node.op))
    if swapped is not None:
        yield _like(node, op=swapped())
    if isinstance(node.op, TERMS):
        yield node.left
    if isinstance(node.op, BOTH_SIDES):
        yield node.right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
        yield _like(node, left=node.right, right=node.left)


def _constants(node: ast.Constant) -> Iterator[ast.expr]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, float):
        yield ast.Constant(2 * value if value else 1.0)


def _attributes(node: ast.Attribute) -> Iterator[ast.expr]:
    if node.attr == "T":
        yield node.value
    elif node.attr in SWAPPED_NAMES:
        yield _like(node, attr=SWAPPED_NAMES[node.attr])


def _slices(node: ast.Subscript) -> Iterator[ast.expr]:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for i, part in enumerate(parts):
        if not isinstance(part, ast.Slice):
            continue
        for bound in ("lower", "upper", "step"):
            if getattr(part, bound) is not None:
                changed = _like(part, **{bound: None})
                rest = [*parts[:i], changed, *parts[i + 1 :]]
                whole = _like(node.slice, elts=rest) if isinstance(node.slice, ast.Tuple) else changed
                yield _like(node, slice=whole)


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    plain = [a for a in node.args if not isinstance(a, ast.Starred)]
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for i, keyword in enumerate(node.keywords):
        if keyword.arg is not None and keyword.arg not in HARMLESS_KEYWORDS:
            yield _like(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
    if len(plain) == len(node.args) and name not in COMMUTATIVE:
        for i in range(len(plain) - 1):
            swapped = [*plain[:i], plain[i + 1], plain[i], *plain[i + 2 :]]
            yield _like(node, args=swapped)
    if name in SKIPPABLE and plain:
        yield plain[0]
    if name in TURNS and isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield node.func.value
    if name == "range" and len(plain) == 1:
        yield _like(node, args=[ast.Constant(1), plain[0]])
        yield _like(node, args=[ast.BinOp(plain[0], ast.Sub(), ast.Constant(1))])


def _is_switch(keyword: ast.keyword) -> bool:
    """Whether to drop it is to turn it: `keepdims=True`."""
    return isinstance(keyword.value, ast.Constant) and keyword.value.value is True


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


CHANGES: dict[type[ast.expr], Callable[[Any], Iterator[ast.expr]]] = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _comparisons,
    ast.IfExp: _choices,
    ast.Constant: _constants,
    ast.Tuple: _axes,
    ast.Attribute: _attributes,
    ast.Subscript: _slices,
    ast.Call: _calls,
}


# --------------------------------------------------------------------------- text


def _like(node: ast.AST, **changed: object) -> Any:
    other = copy.copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _spliced(lines: list[str], node: Node, text: str) -> str:
    """The source with a node's text replaced; the line numbers around it stay where the node is one line."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    first, last = lines[node.lineno - 1], lines[node.end_lineno - 1]
    head = first.encode()[: node.col_offset].decode()
    tail = last.encode()[node.end_col_offset :].decode()
    inside = text if isinstance(node, ast.stmt) else f"({text})"
    gone = "\n" * (node.end_lineno - node.lineno)  # after the line, where they end no statement
    kept = [*lines[: node.lineno - 1], head + inside + tail + gone, *lines[node.end_lineno :]]
    return "\n".join(kept) + "\n"


def _compiles(source: str) -> bool:
    try:
        compile(source, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
