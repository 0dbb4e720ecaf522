"""Files of a run folder: written whole or not at all, and removed when their student has gone."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Collection
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

from reports.text import BLOCK, inert, number


def put(path: Path, text: str) -> None:
    """Write a file of text in UTF-8, as `put_bytes` does."""
    put_bytes(path, text.encode("utf-8"))


def put_bytes(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write the file under another name, then give it its own; a file that is so already is left."""
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def sweep(folder: Path, suffix: str, keep: Collection[str]) -> None:
    """Remove what an earlier write left: pages of students who are gone, halves of files."""
    for path in folder.iterdir():
        gone = path.suffix == suffix and path.stem not in keep
        if gone or (path.suffix == ".part" and path.name.startswith(".")):
            path.unlink()


def dumps(data: Any) -> str:
    """Strict JSON, in ASCII, of inert text: no NaN, no lone surrogate, no text without end."""
    return json.dumps(strict(data), allow_nan=False, ensure_ascii=True, indent=1) + "\n"


def strict(value: Any) -> Any:
    """Text inert, points as numbers, numbers that JSON lacks as text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return inert(value, BLOCK, lines=True)
    if isinstance(value, Fraction):
        return number(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {inert(str(key)): strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    return value
