"""Which submissions have the same code, whatever its names, comments and layout: a note, never a verdict.

Code is alike when its trees are: each name is replaced by the order in which it first occurs, docstrings and
annotations are dropped. Attributes, keywords and constants count, so `x.mean(0)` is not `x.sum(0)`. Functions
that are not written yet do not count, and short code is like other short code by chance.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping

SHORTEST = 120  # nodes of the tree: about a dozen lines

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NAMES = {"id", "arg", "name", "asname"}  # fields that hold names the author chose
_LEFT_OUT = {"annotation", "returns", "type_comment", "type_params", "ctx", "kind"}


def likeness(trees: Mapping[str, ast.Module]) -> str:
    """A digest that is the same for code that is alike; empty for what is too short to tell."""
    known: dict[str, int] = {}
    words = [word for tree in trees.values() for word in _words(tree, known)]
    if sum(word.startswith("(") for word in words) < SHORTEST:
        return ""
    return hashlib.sha256("\n".join(words).encode("utf-8", "backslashreplace")).hexdigest()


def alike(likenesses: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Of pairs of a student and a digest: each student who shares one, and the others who have it."""
    groups: dict[str, list[str]] = {}
    for student, digest in likenesses:
        if digest:
            groups.setdefault(digest, []).append(student)
    return {
        student: tuple(other for other in group if other != student)
        for group in groups.values()
        if len(group) > 1
        for student in group
    }


def _words(tree: ast.Module, known: dict[str, int]) -> Iterator[str]:
    """The tree in words, in the order of the source; a stack of our own, for the nesting is the student's."""
    waiting: list[object] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(_counting(item))
        elif isinstance(item, ast.AST):
            yield "(" + type(item).__name__
            fields = [(name, value) for name, value in ast.iter_fields(item) if name not in _LEFT_OUT]
            yield from (_named(item, name, value, known) for name, value in fields if not _is_inner(value))
            waiting.append(")")
            waiting += reversed([value for _, value in fields if _is_inner(value)])
        else:
            yield str(known.setdefault(item, len(known)) if isinstance(item, str) and item != ")" else item)


def _is_inner(value: object) -> bool:
    return isinstance(value, (ast.AST, list))


def _named(node: ast.AST, field: str, value: object, known: dict[str, int]) -> str:
    """A name of the author's by its number; what a library or the language calls so, as it is."""
    if type(value) is int:
        return hex(value)  # of any size: `repr` refuses thousands of digits
    theirs = (isinstance(node, ast.alias) and field == "name") or isinstance(node, ast.keyword)
    if field not in _NAMES or not isinstance(value, str) or theirs:
        return repr(value)
    return str(known.setdefault(value, len(known)))


def _counting(items: list[object]) -> list[object]:
    """Statements without docstrings and functions to be written; other lists as they are."""
    return [item for item in items if not (_is_text(item) or _is_to_write(item))]


def _is_text(item: object) -> bool:
    return isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)


def _is_to_write(item: object) -> bool:
    if not isinstance(item, _FUNCTIONS):
        return False
    return all(isinstance(each, (ast.Pass, ast.Raise)) or _is_text(each) for each in item.body)
