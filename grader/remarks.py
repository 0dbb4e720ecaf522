"""What a submission's source shows that people may want to look at: notes for the instructor, never verdicts.

The source is parsed and never run. Names can be hidden from this in a hundred ways: what keeps a submission
from its surroundings is the sandbox. This tells where to look when a result is a surprise.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterator, Mapping

LARGEST = 64 << 10  # characters of a submission that is looked at: to parse hostile ones takes a second
MOST = 8

# Libraries that differentiate by themselves, by the name they are imported under.
AUTOGRAD = frozenset({"autograd", "jax", "keras", "mxnet", "tensorflow", "theano", "tinygrad", "torch"})
# What reaches beyond the arrays that a submission is asked about.
_REACHING = frozenset(
    {
        "builtins",
        "ctypes",
        "gc",
        "importlib",
        "inspect",
        "multiprocessing",
        "os",
        "signal",
        "socket",
        "subprocess",
    }
)
_CALLED = frozenset({"__import__", "compile", "eval", "exec"})
_ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb"})
_CALLERS = "_getframe"
_TELLING = AUTOGRAD | _REACHING | _CALLED | _ENVIRONMENT | {_CALLERS}
_WORD = re.compile(r"\w+")


def trees(files: Mapping[str, str]) -> dict[str, ast.Module]:
    """The trees of the files, by path, without those that cannot be parsed; none where there is too much."""
    if sum(map(len, files.values())) > LARGEST:
        return {}
    parsed = {path: _parsed(source) for path, source in sorted(files.items())}
    return {path: tree for path, tree in parsed.items() if tree is not None}


def remarks(
    files: Mapping[str, str], trees: Mapping[str, ast.Module], packages: Collection[str]
) -> tuple[str, ...]:
    """One note for each thing that the files use, with the line of its first use.

    `trees` are those of the files, and `packages` those that the assignment offers: a library for gradients
    is worth a note where it is none of them.
    """
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for line, what in sorted(_uses(tree, packages)) if _may_tell(files[path]) else ():
            found.setdefault(what, f"{what} ({path[:60]}, line {line})")
    told = list(found.values())
    if len(told) > MOST:
        told[MOST:] = [f"{len(told) - MOST} more of the kind"]
    return tuple(told)


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the student's source
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # the sandbox says what is wrong


def _may_tell(source: str) -> bool:
    """Whether any of the names is in the source at all: a tree is seldom worth the walk."""
    if not source.isascii():
        return True  # a name may be written in letters that Python takes for others
    return not _TELLING.isdisjoint(_WORD.findall(source))


def _uses(tree: ast.Module, packages: Collection[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):  # a queue: no recursion, the nesting is the student's
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _imported(node.lineno, alias.name, packages)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from _imported(node.lineno, module, packages)
                if module == "os" and _ENVIRONMENT & {alias.name for alias in names}:
                    yield node.lineno, "reads the environment"
            case ast.Attribute(value=ast.Name(id="os"), attr=attribute) if attribute in _ENVIRONMENT:
                yield node.lineno, "reads the environment"
            case ast.Attribute(attr=attribute) if attribute == _CALLERS:
                yield node.lineno, "looks at its callers"
            case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
                yield node.lineno, f"calls {name}"


def _imported(line: int, module: str, packages: Collection[str]) -> Iterator[tuple[int, str]]:
    top = module.split(".", maxsplit=1)[0]
    if top in AUTOGRAD and top not in packages:
        yield line, f"imports {top}, which finds gradients by itself"
    elif top in _REACHING:
        yield line, f"imports {top}"
