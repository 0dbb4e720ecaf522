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
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Union

from suites.changes import HARMLESS_KEYWORDS, expressions, is_switch, statements

Node = Union[ast.expr, ast.stmt]
EVEN = frozenset({"abs", "np.abs", "np.square", "np.linalg.norm"})


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
        settings, even = (
            _factors_compared(definition) | _settings(definition),
            _differences_made_even(definition),
        )
        for node, changed in _sites(definition, guards):
            if node in even and ast.unparse(changed) == ast.unparse(_turned(node)):
                continue
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
                    _moves_a_threshold(node, changed, settings),
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
        yield from ((node, changed) for changed in statements(node))
    elif isinstance(node, ast.expr):
        if isinstance(node, ast.JoinedStr):
            return
        yield from ((node, changed) for changed in expressions(node))
    for child in _children(node):
        yield from _sites(child, guards)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What may be mutated inside a node: no annotations, decorators, defaults, bases or targets."""
    if isinstance(node, ast.FunctionDef):
        yield from node.body
    elif isinstance(node, ast.ClassDef):
        yield from (s for s in node.body if not isinstance(s, ast.AnnAssign))  # whose values are defaults
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
        yield from (k.value for k in node.keywords if k.arg not in HARMLESS_KEYWORDS and not is_switch(k))
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


def _moves_a_threshold(node: Node, changed: Node, settings: frozenset[ast.AST]) -> bool:
    """Whether a mutant only moves where a measured size is too large: that is no mistake in the mathematics.

    So is a float that is doubled, a factor of a comparison (`gap > 20 * noise`) that is one more or less, a
    constant of the module that was chosen (`DRAWS = 2000`, or one less in `range(DRAWS)`), and `<=` for `<`
    between products, quotients, powers or floats, which no input makes equal.
    """
    if node in settings or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
        return True
    if isinstance(node, ast.Call) and re.fullmatch(r"range\([A-Z_]+ - 1\)", ast.unparse(changed)):
        return True
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


def _settings(definition: ast.AST) -> frozenset[ast.AST]:
    """What a constant of the module is set to: floats, however written, and whole numbers beyond 2."""
    if not isinstance(definition, (ast.Assign, ast.AnnAssign)) or definition.value is None:
        return frozenset()
    parts = list(ast.walk(definition.value))
    floats = [part for part in parts if isinstance(part, ast.BinOp) and _is_a_written_float(part)]
    within = [part for number in floats for part in ast.walk(number)]
    whole = [p for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, int) and p.value > 2]
    return frozenset([*within, *whole])


def _is_a_written_float(node: ast.BinOp) -> bool:
    """`2.0**-14`, say: nothing but numbers, one of which is a float."""
    leaves = [p for p in ast.walk(node) if isinstance(p, (ast.Constant, ast.Name, ast.Attribute, ast.Call))]
    numbers = [leaf for leaf in leaves if isinstance(leaf, ast.Constant)]
    return len(numbers) == len(leaves) and any(isinstance(number.value, float) for number in numbers)


def _differences_made_even(definition: ast.AST) -> frozenset[ast.AST]:
    """Differences of which only the size counts, so that nobody can tell a - b from b - a."""
    found: list[ast.expr] = []
    for node in ast.walk(definition):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in EVEN:
            found += node.args[:1]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) == "2":
            found.append(node.left)
    return frozenset(d for d in found if isinstance(d, ast.BinOp) and isinstance(d.op, ast.Sub))


def _turned(difference: Node) -> ast.BinOp:
    assert isinstance(difference, ast.BinOp)
    return ast.BinOp(difference.right, difference.op, difference.left)


def _is_measured(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Mult, ast.Div, ast.Pow))
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value != 0


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


# --------------------------------------------------------------------------- text


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
