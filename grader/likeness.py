"""Which submissions have the same code, whatever its names, comments and layout: a note, never a verdict.

Code is alike when its trees are: each name is replaced by the order in which it first occurs, docstrings and
annotations are dropped. Attributes, keywords and constants count, so `x.mean(0)` is not `x.sum(0)`. Functions
that are not written yet do not count, and short code is like other short code by chance.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from operator import methodcaller

SHORTEST = 120  # nodes of the tree: about a dozen lines

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NAMES = {"id", "arg", "name", "asname"}  # fields that hold names the author chose
_LEFT_OUT = {"annotation", "returns", "type_comment", "type_params", "ctx", "kind"}
_END = object()
_OPENS = methodcaller("startswith", "(")


def likeness(trees: Mapping[str, ast.Module]) -> str:
    """A digest that is the same for code that is alike; empty for what is too short to tell."""
    known: dict[str, int] = {}
    words = [word for tree in trees.values() for word in _words(tree, known)]
    if sum(map(_OPENS, words)) < SHORTEST:
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


def _words(tree: ast.Module, known: dict[str, int]) -> list[str]:
    """The tree in words, in the order of the source; a stack of our own, for the nesting is the student's."""
    words: list[str] = []
    waiting: list[object] = [tree]
    while waiting:
        item = waiting.pop()
        if item is _END:
            words.append(")")
        elif isinstance(item, list):
            waiting += reversed(_counting(item))
        elif isinstance(item, ast.AST):
            _open(item, words, waiting, known)
        else:  # a name in a list, or the key that an unpacked dictionary has not
            words.append(str(known.setdefault(item, len(known)) if isinstance(item, str) else item))
    return words


def _open(node: ast.AST, words: list[str], waiting: list[object], known: dict[str, int]) -> None:
    """The first words of a node; what is in it waits, and its end."""
    name, fields = _KINDS[type(node)]
    words.append(name)
    inner: list[object] = []
    for field, chosen in fields:
        value = getattr(node, field)
        if isinstance(value, (ast.AST, list)):
            inner.append(value)
        elif chosen and isinstance(value, str):
            words.append(str(known.setdefault(value, len(known))))
        else:
            words.append(_constant(value))
    waiting.append(_END)
    waiting += reversed(inner)


def _constant(value: object) -> str:
    return hex(value) if type(value) is int else repr(value)  # `repr` refuses thousands of digits


def _counted(kind: type[ast.AST]) -> tuple[str, tuple[tuple[str, bool], ...]]:
    """How nodes of a kind begin, and their fields that count, each with whether its author chooses a name.

    What a library or the language calls so stays as it is.
    """
    theirs = {ast.alias: {"name"}, ast.keyword: {"arg"}}.get(kind, set())
    fields = [field for field in kind._fields if field not in _LEFT_OUT]
    return "(" + kind.__name__, tuple((field, field in _NAMES - theirs) for field in fields)


_KINDS = {
    kind: _counted(kind)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def _counting(items: list[object]) -> list[object]:
    """Statements without docstrings and functions to be written; other lists as they are."""
    return [item for item in items if not (_is_text(item) or _is_to_write(item))]


def _is_text(item: object) -> bool:
    return isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)


def _is_to_write(item: object) -> bool:
    if not isinstance(item, _FUNCTIONS):
        return False
    return all(isinstance(each, (ast.Pass, ast.Raise)) or _is_text(each) for each in item.body)
