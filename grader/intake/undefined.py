"""Names that a function needs and no cell defines: what a notebook remembers and a script does not know.

The source is looked at and never run. Whatever cannot be told is not told: this only ever makes notes.
"""

from __future__ import annotations

import builtins
import re
import symtable
import warnings
from collections.abc import Iterator

LARGEST = 256 << 10
MOST = 3

_STAR = re.compile(r"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]*\*", re.MULTILINE)
_MODULE = {*dir(builtins), "__file__", "__path__", "__builtins__", "__annotations__"}
_COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")
_DYNAMIC = {"exec", "globals"}


def undefined(source: str) -> tuple[str, ...]:
    """One note for each of the first names that are used in a function and defined nowhere."""
    if len(source) > LARGEST or _STAR.search(source):
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the student's source
            top = symtable.symtable(source, "notebook", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()  # the sandbox says what is wrong
    missing = _missing(top)
    notes = [
        f"`{name[:60]}` is used in `{where[:60]}` but no cell defines it" for name, where in missing.items()
    ]
    if len(notes) > MOST:
        notes[MOST:] = [f"{len(notes) - MOST} more names are used in functions but no cell defines them"]
    return tuple(notes)


def _missing(top: symtable.SymbolTable) -> dict[str, str]:
    """The names, each with the first function that needs it."""
    if any(symbol.get_name() in _DYNAMIC for symbol in top.get_symbols()):
        return {}
    functions = list(_functions(top))
    known = _MODULE | _defined(top) | {name for table, _ in functions for name in _declared(table)}
    missing: dict[str, str] = {}
    for table, where in functions:
        for symbol in table.get_symbols():
            if symbol.is_global() and symbol.is_referenced() and symbol.get_name() not in known:
                missing.setdefault(symbol.get_name(), where)
    return missing


def _functions(top: symtable.SymbolTable) -> Iterator[tuple[symtable.SymbolTable, str]]:
    """The functions at any depth, each with the dotted name of the outermost one that it is part of.

    What runs at the top, as a comprehension there does, fails where everybody sees it.
    """
    waiting = [(child, "", False) for child in reversed(top.get_children())]
    while waiting:  # no recursion: the nesting is the student's
        table, name, within = waiting.pop()
        if not within:
            name = f"{name}.{table.get_name()}".lstrip(".")
            within = str(table.get_type()) == "function" and table.get_name() not in _COMPREHENSIONS
        if within:
            yield table, name
        waiting.extend((child, name, within) for child in reversed(table.get_children()))


def _defined(table: symtable.SymbolTable) -> set[str]:
    return {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }


def _declared(table: symtable.SymbolTable) -> set[str]:
    """The globals that a function itself assigns."""
    return {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_declared_global()
        and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace())
    }
