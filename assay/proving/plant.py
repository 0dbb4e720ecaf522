"""Puts a mutated text in the place of a module: in the functions that are there, or where it is imported."""

import ast
import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType


@dataclass(frozen=True)
class Source:
    """A module's text as it stands."""

    statements: tuple[ast.stmt, ...]
    functions: tuple[ast.FunctionDef, ...]

    @staticmethod
    @cache
    def read(file: Path) -> "Source":
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        functions = tuple(node for node in nodes if isinstance(node, ast.FunctionDef))
        return Source(tuple(node for node in nodes if isinstance(node, ast.stmt)), functions)

    def statement(self, line: int) -> range:
        """The lines of the innermost statement around a line; of one that holds others, its head."""
        around = [s for s in self.statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
        inner = max(around, key=lambda s: (s.lineno, -(s.end_lineno or s.lineno)))
        body = getattr(inner, "body", None)
        return range(inner.lineno, body[0].lineno if body else (inner.end_lineno or inner.lineno) + 1)

    def in_function(self, line: int) -> bool:
        """Whether a line is in the body of a function, and so runs only when that is called."""
        return any(f.body[0].lineno <= line <= (f.end_lineno or 0) for f in self.functions)


def functions_of(folder: Path) -> dict[str, list[FunctionType]]:
    """All functions that there are, by the file of the folder from which they come."""
    found: dict[str, list[FunctionType]] = {}
    for thing in gc.get_objects():
        # Not isinstance: that asks a thing what it calls itself, and some warn when they are asked.
        if type(thing) is FunctionType and Path(thing.__code__.co_filename).parent == folder:
            found.setdefault(thing.__code__.co_filename, []).append(thing)
    return found


def put(file: Path, source: str, functions: Mapping[str, Sequence[FunctionType]]) -> bool:
    """Give the functions of a module their code from the mutated text; False where one cannot take it."""
    codes = {_place(code): code for code in _codes(compile(source, str(file), "exec"))}
    try:
        for function in functions[str(file)]:
            code = codes[_place(function.__code__)]
            if code != function.__code__:
                function.__code__ = code
    except (KeyError, ValueError):  # another number of free variables
        return False
    return True


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


class Planted(SourceFileLoader):
    """Finds one module, and loads it from a mutated text."""

    def __init__(self, file: Path, source: str, root: Path) -> None:
        self._source = source
        name = ".".join(file.relative_to(root).with_suffix("").parts)
        super().__init__(name, str(file))

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._source, self.path, "exec")
        return code
