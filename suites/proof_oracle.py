"""What an oracle is made of: functions of several modules, and copies of them in which one is mutated."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Callable

from suites.assignment import Op
from suites.direct import asked
from suites.mutation import name_of

Names = Mapping[str, "frozenset[str]"]  # module to its top-level definitions


class UntraceableError(Exception):
    """An oracle whose source cannot be found, in a sentence."""


@dataclass(frozen=True)
class Sources:
    """The folders whose modules belong to an oracle: those of the assignment and of the reference."""

    folders: tuple[Path, ...]

    def hold(self, module: object) -> bool:
        """Whether a module is one of ours."""
        file = getattr(module, "__file__", None)
        return bool(file) and any(folder in Path(str(file)).parents for folder in self.folders)

    def made_of(self, op: Op) -> dict[str, frozenset[str]]:
        """Module to the names of the definitions in it that the oracle or its gradient reach."""
        reached: dict[str, set[str]] = {}
        waiting = [home(function) for function in functions_of(op)]
        while waiting:
            module, name = waiting.pop()
            if name in reached.setdefault(module, set()):
                continue
            reached[module].add(name)
            waiting += self._used(module, name)
        return {module: frozenset(names) for module, names in reached.items()}

    def _used(self, module: str, name: str) -> list[tuple[str, str]]:
        definitions = _definitions(module)
        used: list[tuple[str, str]] = []
        for node in _walk(definitions[name]):
            if isinstance(node, ast.Name):
                used += self._found(module, node.id, definitions)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = vars(sys.modules[module]).get(node.value.id)
                if isinstance(owner, ModuleType) and self.hold(owner):
                    used += self._found(owner.__name__, node.attr, _definitions(owner.__name__))
        return used

    def _found(self, module: str, name: str, definitions: Mapping[str, ast.stmt]) -> list[tuple[str, str]]:
        if name in definitions:
            return [(module, name)]
        value = vars(sys.modules[module]).get(name)
        owner = sys.modules.get(getattr(value, "__module__", None) or "")
        if not isinstance(value, (FunctionType, type)) or owner is None or not self.hold(owner):
            return []
        return [home(value)] if _name_in(owner, value) in _definitions(owner.__name__) else []


def functions_of(op: Op) -> tuple[Callable[..., Any], ...]:
    """The oracle, and its gradient where there is one."""
    return (op.oracle,) if op.gradient is None else (op.oracle, op.gradient)


def home(function: Any) -> tuple[str, str]:
    """The module that defines a function, and its name there. UntraceableError where there is none."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    name = "" if module is None else _name_in(module, function)
    if module is None or name not in _definitions(module.__name__):
        told = getattr(function, "__name__", repr(function))
        raise UntraceableError(f"{told} is no function of a module; give it a name of its own there")
    return module.__name__, name


def source_of(module: str) -> str:
    """The text of a loaded module."""
    return Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8")


def copies(modules: Iterable[str], mutated: Mapping[str, str]) -> dict[str, ModuleType]:
    """Fresh copies of modules, some with other source, that know each other instead of the originals."""
    made: dict[str, ModuleType] = {}
    replaced: dict[int, Any] = {}
    for name in modules:
        original = sys.modules[name]
        copied = made[name] = ModuleType(name)
        copied.__file__, copied.__package__ = original.__file__, original.__package__
        text = mutated.get(name) or source_of(name)
        exec(compile(text, f"<copy of {name}>", "exec"), vars(copied))
        replaced[id(original)] = copied
        for key in _definitions(name):
            value = vars(original).get(key)
            if isinstance(value, (FunctionType, type)):
                replaced[id(value)] = vars(copied).get(key)
    for copied in made.values():
        for key, value in list(vars(copied).items()):
            if id(value) in replaced:
                setattr(copied, key, replaced[id(value)])
    return made


def students_functions(ops: Iterable[Op], made: Mapping[str, ModuleType]) -> dict[str, Callable[..., Any]]:
    """The functions of a student who runs the oracles as they stand in the copies."""

    def copied(function: Callable[..., Any]) -> Callable[..., Any]:
        module, name = home(function)
        found: Callable[..., Any] = getattr(made[module], name) if module in made else function
        return found

    functions: dict[str, Callable[..., Any]] = {}
    for op in ops:
        functions[op.forward] = asked(op, copied(op.oracle))
        if op.backward and op.gradient is not None:
            functions[op.backward] = asked(op, copied(op.gradient))
    return functions


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but for annotations."""
    yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def _name_in(module: ModuleType, value: Any) -> str:
    own = getattr(value, "__name__", "")
    if vars(module).get(own) is value:
        return str(own)
    return next((name for name, other in vars(module).items() if other is value), "")


@cache
def _definitions(module: str) -> dict[str, ast.stmt]:
    body = ast.parse(source_of(module)).body
    return {name: statement for statement in body if (name := name_of(statement))}
