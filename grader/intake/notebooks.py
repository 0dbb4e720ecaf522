"""Notebooks: the code cells as one script. Outputs and metadata do not count, and nothing runs."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from grader.intake.files import FILE_BYTES, Unreadable, quoted
from grader.intake.magics import Cell, plain
from grader.intake.possessive import compiled
from grader.intake.text import decoded
from grader.intake.undefined import undefined
from grader.worker.places import heading

VALUES = 1_000_000  # lists, objects and commas: bounds what a parser makes of a few bytes
DEPTH = 60
CELLS = 5000

_STRING = compiled(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_NESTING = compiled(r"[^\[\]{}]++")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_notebook(data: bytes, shown: str) -> tuple[bytes, tuple[str, ...]]:
    """The script of a notebook's code cells, and what people should know of how it was made."""
    sources = _sources(_parsed(decoded(data, shown), shown), shown)
    if sum(map(len, sources)) > FILE_BYTES:
        raise _too_much(shown)
    cells = [plain(source) for source in sources]
    script = "\n".join(f"{heading(number)}\n{cell.text}" for number, cell in enumerate(cells, 1)) + "\n"
    if _SURROGATE.search(script) or "\0" in script:
        raise Unreadable(f"{shown} holds characters that no source text has; remove them from its code cells")
    encoded = script.encode()
    if len(encoded) > FILE_BYTES:
        raise _too_much(shown)
    return encoded, (*_notes(cells), *undefined(script))


def _too_much(shown: str) -> Unreadable:
    return Unreadable(f"the code cells of {shown} are larger than {FILE_BYTES >> 20} MiB; hand in code alone")


def _notes(cells: list[Cell]) -> list[str]:
    cells_run = f"{len(cells)} code cells run" if len(cells) > 1 else "1 code cell runs"
    notes = [f"notebook: {cells_run} as a script in a clean process"]
    dropped = [(number, command) for number, cell in enumerate(cells, 1) for command in cell.dropped]
    if dropped:
        number, command = dropped[0]
        were = f"{len(dropped)} IPython commands were" if len(dropped) > 1 else "1 IPython command was"
        first = quoted(command.splitlines()[0])
        notes.append(f"notebook: {were} left out, the first in cell {number}: {first}")
    for number, cell in enumerate(cells, 1):
        if re.search(r"^[^#\n]*\bget_ipython\b", cell.text, re.MULTILINE):
            notes.append(f"notebook: cell {number} uses get_ipython, which a clean process does not have")
            break
    return notes


# --------------------------------------------------------------------------- JSON


def _parsed(text: str, shown: str) -> Any:
    """The JSON in the text. NaN is let pass: Jupyter writes it into outputs, and no number counts here."""
    _check_bounds(text, shown)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=lambda name: None,
            parse_float=lambda digits: None,
            parse_int=lambda digits: int(digits) if len(digits) < 9 else None,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{shown} is no notebook that can be read ({_why(error)}); save it again") from error


def _check_bounds(text: str, shown: str) -> None:
    skeleton = _STRING.sub("", text)
    if sum(map(skeleton.count, "[{,")) > VALUES:
        raise Unreadable(f"{shown} holds more than {VALUES:,} values; clear its outputs and save it again")
    depth = 0
    for letter in _NOT_NESTING.sub("", skeleton):
        depth += 1 if letter in "[{" else -1
        if depth > DEPTH:
            raise Unreadable(f"{shown} is nested more than {DEPTH} deep; clear its outputs and save it again")


class _TwiceError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):  # which one counts would depend on who reads
        raise _TwiceError
    return made


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno} is no JSON"
    return "one of its keys is there twice" if isinstance(error, _TwiceError) else "it is no JSON"


# --------------------------------------------------------------------------- cells


def _sources(notebook: Any, shown: str) -> list[str]:
    """The source of each code cell, in order, of the formats 3 and 4."""
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if version not in (3, 4) or isinstance(version, bool):
        told = f"has the notebook format {version}" if type(version) is int else "is no notebook"
        raise Unreadable(f"{shown} {told}; save it from Jupyter as format 4")
    if version == 4:
        cells = _listed(notebook.get("cells"), "cells", shown)
    else:
        sheets = _listed(notebook.get("worksheets"), "worksheets", shown)
        cells = [cell for sheet in sheets for cell in _listed(_got(sheet, "cells"), "cells", shown)]
    if len(cells) > CELLS:
        raise Unreadable(f"{shown} has more than {CELLS} cells; hand in your own alone")
    key = "source" if version == 4 else "input"
    sources = [
        _source(_got(cell, key), number, shown)
        for number, cell in enumerate(cells, 1)
        if _typed(cell, number, shown) == "code"
    ]
    if not sources:
        raise Unreadable(f"{shown} has no code cells; hand in the notebook with your code")
    return sources


def _got(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _listed(value: Any, key: str, shown: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(f"{shown} is no notebook: it has no list of {key}; save it again from Jupyter")
    return value


def _typed(cell: Any, number: int, shown: str) -> str:
    kind = _got(cell, "cell_type")
    if not isinstance(kind, str):
        _bad_cell(number, shown)
    return kind


def _source(value: Any, number: int, shown: str) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    if not isinstance(value, str):
        _bad_cell(number, shown)
    return value


def _bad_cell(number: int, shown: str) -> NoReturn:
    raise Unreadable(
        f"{shown} is damaged: its cell {number}, of any kind, has no source; save it again from Jupyter"
    )
