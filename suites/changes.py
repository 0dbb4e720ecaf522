"""What a mutant puts in the place of one node of a syntax tree: the small mistakes that people make.

Each function here takes a node and yields what may stand in its place; `CHANGES` says which takes which.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any, Callable

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
    {
        "max",
        "min",
        "maximum",
        "minimum",
        "add",
        "multiply",
        "logaddexp",
        "isclose",
        "close",
        "hypot",
        "corrcoef",
    }
)
HARMLESS_KEYWORDS = frozenset(
    {"dtype", "copy", "out", "order", "casting", "optimize", "strict", "subok", "encoding"}
)


def statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """What may stand in a statement's place: nothing at all, or another operator before its `=`."""
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


def expressions(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in an expression's place."""
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
    numbers = numbers and not any(isinstance(getattr(e, "value", 0), str) for e in node.elts)
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


def is_switch(keyword: ast.keyword) -> bool:
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


def _like(node: ast.AST, **changed: object) -> Any:
    other = copy.copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other
