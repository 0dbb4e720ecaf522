"""Values as Python source that makes the same values again, and text that stays text there.

No text of anybody's becomes code: it is written as a literal, in ASCII, whatever stands in it.
"""

import base64
import io
import keyword
import math
import re
import textwrap
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from reports.text import BLOCK, inert
from suites.types import Array, Value

WIDTH = 100
SMALL = 64  # numbers that are written out; arrays of more are packed
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPES = {"float64": "", "bool": "", "int64": ", dtype=np.int64"}


def docstring(text: str) -> str:
    """Text of several lines between triple quotes, which end where it ends."""
    safe = inert(text, BLOCK, lines=True).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{safe}\n"""'


def is_name(text: str) -> bool:
    """Whether it may stand for a function or a variable as it is."""
    return _NAME.fullmatch(text) is not None and not keyword.iskeyword(text)


def literal(value: Value) -> str:
    """The source of a plain value; `np` is NumPy there. Arrays are written out, in C order."""
    if isinstance(value, np.ndarray):
        return array(value)
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(literal, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!a}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, complex):
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    return _number(value) if isinstance(value, float) else ascii(value)


def array(value: Array, column: int = 0) -> str:
    """The source of an array, with its type, from a column on, in lines of no more than WIDTH or so."""
    if not value.size:
        return f"np.zeros({value.shape!r}, dtype={str(value.dtype)!r})"
    kind = _TYPES.get(str(value.dtype), f", dtype=np.{value.dtype}")
    return f"np.array({_nested(value.tolist(), column + len('np.array('))}{kind})"


def packed(value: Array) -> str:
    """The lines of an array as base64 of compressed .npy."""
    file = io.BytesIO()
    np.save(file, value, allow_pickle=False)
    return "\n".join(textwrap.wrap(base64.b64encode(zlib.compress(file.getvalue(), 9)).decode(), WIDTH))


def indented(text: str, by: int = 4) -> str:
    """Source with each line moved to the right."""
    return textwrap.indent(text, " " * by)


def _number(value: Any) -> str:
    if not isinstance(value, float) or math.isfinite(value):
        return repr(value)
    return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"


def _nested(value: Any, column: int) -> str:
    """Lists below each other, numbers beside each other, from a column on."""
    if not isinstance(value, list):
        return literal(value)
    if isinstance(value[0], list):
        within = [_nested(item, column + 1) for item in value]
        gap = ",\n" + " " * (column + 1)
        return f"[{gap.join(within)}]"
    return "[" + f"\n{' ' * (column + 1)}".join(_rows(value, WIDTH - column)) + "]"


def _rows(numbers: list[Any], width: int) -> Iterator[str]:
    text = ", ".join(map(literal, numbers))
    yield from textwrap.wrap(text, max(width, 30), break_long_words=False, break_on_hyphens=False)
