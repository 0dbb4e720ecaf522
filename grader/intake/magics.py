"""IPython's commands in a cell's source: what is plain Python stays, in its line; the rest becomes a comment.

Only the beginning of a statement can be a command: `%` inside brackets is an operator, `!` in a string a
letter. So the text is walked statement by statement, over strings, comments, brackets and joined lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.intake.possessive import compiled

# Cells whose body runs in the notebook's own namespace; every other `%%` cell is no part of the program.
KEPT_CELLS = ("time", "capture", "prun")

# Each alternative eats what it can and never gives back: time grows with the text alone.
_TOKEN = compiled(
    r"""\#[^\n]*+
    | '''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?
    | \"""(?:[^"\\]++|\\.|"(?!""))*+(?:\""")?
    | '(?:[^'\\\n]++|\\.)*+'?
    | "(?:[^"\\\n]++|\\.)*+"?
    | \\\r?\n | [\n()\[\]{}]""",
    re.VERBOSE | re.DOTALL,
)
_COMMAND = compiled(r"[ \t]*+(?:[%!?]|get_ipython\(\)\s*\.)")
_TIMED = compiled(r"(?P<indent>[ \t]*+)%time[ \t]++(?P<body>[^\s-].*)", re.DOTALL)
_ASSIGNED = compiled(r"(?P<target>[\w.,*()\[\] \t]++=[ \t]*+)(?P<command>[%!].*)", re.DOTALL)
_CELL = re.compile(r"\s*%%(?P<name>[^\s%]*)[^\n]*")


@dataclass(frozen=True)
class Cell:
    """A cell's source as plain Python, and the commands that were left out of it."""

    text: str
    dropped: tuple[str, ...] = ()


def plain(source: str) -> Cell:
    """The cell without IPython's commands. Each line stays where it is, so that tracebacks fit."""
    source = _dedented(source)
    cell = _CELL.match(source)
    if cell is None:
        return _walked(source)
    command = cell[0].strip()
    if cell["name"] not in KEPT_CELLS:
        return Cell(_commented(source), (command,))
    body = _walked(source[cell.end() :])
    return Cell(_commented(cell[0]) + body.text, (command, *body.dropped))


def _walked(source: str) -> Cell:
    kept: list[str] = []
    dropped: list[str] = []
    at = 0
    while at < len(source):
        if _is_command(source, at):
            end = _command_end(source, at)
            kept.append(_replaced(source[at:end], dropped))
        else:
            end = _statement_end(source, at)
            kept.append(source[at:end])
        at = end
    return Cell("".join(kept), tuple(dropped))


def _is_command(source: str, at: int) -> bool:
    end = source.find("\n", at)
    line = source[at : len(source) if end < 0 else end]
    return bool(_COMMAND.match(line) or _ASSIGNED.match(line)) or _asks_for_help(line)


def _asks_for_help(line: str) -> bool:
    """`np.abs?`: outside of strings and comments Python itself knows no question mark."""
    return line.rstrip(" \t\r;").endswith("?") and not any(letter in line for letter in "#'\"")


def _replaced(command: str, dropped: list[str]) -> str:
    """What a command leaves: the statement that it times, the name that it assigns to, or nothing."""
    if timed := _TIMED.fullmatch(command):
        return timed["indent"] + timed["body"]
    if assigned := _ASSIGNED.fullmatch(command):
        inner = assigned["command"]
        if timed := _TIMED.fullmatch(inner):
            return assigned["target"] + timed["body"]
        dropped.append(command.strip())
        return assigned["target"] + ("[]" if inner[0] == "!" else "None") + "  " + _commented(inner)
    dropped.append(command.strip())
    indent = command[: len(command) - len(command.lstrip(" \t"))]
    return indent + ("pass  " if indent else "") + _commented(command.lstrip(" \t"))


def _commented(text: str) -> str:
    return "".join(f"# {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _command_end(source: str, at: int) -> int:
    """The end of the line, and of those that a backslash joins to it."""
    while True:
        end = source.find("\n", at) + 1
        if not end:
            return len(source)
        if not source[at:end].rstrip("\r\n").endswith("\\"):
            return end
        at = end


def _statement_end(source: str, at: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(source, at):
        text = token[0]
        if text in "([{":
            depth += 1
        elif text in ")]}":
            depth = max(0, depth - 1)
        elif text == "\n" and not depth:
            return token.end()
    return len(source)


def _dedented(source: str) -> str:
    """Take away the indentation of the first line, as IPython does."""
    indent = source[: len(source) - len(source.lstrip(" \t"))]
    if not indent:
        return source
    return "".join(line.removeprefix(indent) for line in source.splitlines(keepends=True))
