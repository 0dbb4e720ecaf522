"""Which code goes into `check.pyz`: the modules of ours that are imported, one by another, from a few roots.

Only imports that run when a module is imported count. What a function imports late is either a root, too, or
never comes up in a kit: `NEVER` lists such imports, and a test holds that there are no others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOMS = ("assay", "grader", "reports", "suites")
OTHERS = ("assignments", "reference")  # no kit has anything of these
ROOTS = (
    "assay.kit.importing",
    "assay.kit.main",
    "assay.kit.check",
    "assay.forms",
    "assay.telling",
    "reports.files",
    # beside the student
    "grader.sandbox.zygote",
    "grader.sandbox.grounds",
    "grader.sandbox.supervise",
    "grader.worker",
)
# Who imports what late, and never does in a kit.
NEVER = {
    ("assay.errors", "grader.crew"),  # the sentences of other commands
    ("assay.errors", "grader.intake"),
    ("assay.errors", "grader.store"),
    ("assay.errors", "reports.exports"),
    ("assay.errors", "suites"),
    ("assay.forms", "reports.pages"),  # a page
    ("grader.judge", "grader.likeness"),  # for the instructor
    ("grader.judge", "grader.remarks"),
    ("grader.sandbox.launch", "grader.sandbox.docker.launcher"),
}

_Import = (ast.Import, ast.ImportFrom)
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def members() -> dict[str, bytes]:
    """The files of the archive by path, but for what starts it and what is sealed.

    A package from which nothing but its modules is imported is left empty: what it offers to others (all
    that an author writes with, say) would bring in far more.
    """
    names = modules()
    found = {path_of(name): _read(name) for name in names}
    for name in names:
        parts = name.split(".")
        for depth in range(1, len(parts)):
            found.setdefault("/".join(parts[:depth]) + "/__init__.py", b"")
    return found


def modules() -> list[str]:
    """Names of the modules and packages whose source is needed, sorted."""
    found: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imported(_read(name), late=False)
    return sorted(found)


def imported(source: bytes, *, late: bool) -> list[str]:
    """Modules of ours that a source imports: when it is imported itself, or else `late`, in its functions."""
    names: list[str] = []
    for node in _late(source) if late else _imports(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif node.module:
            names += [_meant(node.module, alias.name) for alias in node.names]
    return [name for name in dict.fromkeys(names) if name.partition(".")[0] in (*ROOMS, *OTHERS)]


def _imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run with the module: not in functions, and not for the type checker alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Import):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        elif not isinstance(child, _Function):
            yield from _imports(child)


def _late(source: bytes) -> list[ast.Import | ast.ImportFrom]:
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, _Function)]
    return [node for function in functions for node in ast.walk(function) if isinstance(node, _Import)]


def _meant(module: str, name: str) -> str:
    """The module that `from module import name` needs the source of."""
    inner = f"{module}.{name}"
    if module.partition(".")[0] not in ROOMS or find_spec(module) is None:
        return module
    is_package = _source(module).name == "__init__.py"
    return inner if is_package and find_spec(inner) is not None else module


def _source(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def _read(name: str) -> bytes:
    return _source(name).read_bytes()


def path_of(name: str) -> str:
    """The path of a module in the archive."""
    path = name.replace(".", "/")
    return f"{path}/__init__.py" if _source(name).name == "__init__.py" else f"{path}.py"
