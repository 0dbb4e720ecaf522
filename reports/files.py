"""Files of a run folder: written whole or not at all, and removed when their student has gone."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from reports.text import BLOCK, inert, number

_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def put(path: Path, text: str) -> None:
    """Write a file of text in UTF-8, as `put_bytes` does."""
    put_bytes(path, text.encode("utf-8"))


def put_bytes(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write the file whole; one that is so already is left."""
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    with whole(path, mode) as file:
        file.write(data)


@contextmanager
def whole(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file to write into that has another name, and is given its own when all is written."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def checked(slug: str) -> str:
    """The slug, which is a file name of ours and leads nowhere else; ValueError for any other text."""
    if not _SLUG.fullmatch(slug):
        raise ValueError(f"the slug {slug!r} is no file name")
    return slug


def sweep(folder: Path, suffix: str, keep: Collection[str]) -> None:
    """Remove what an earlier write left: pages of students who are gone, halves of files."""
    for path in folder.iterdir():
        if path.suffix == suffix and path.stem not in keep:
            path.unlink()
    sweep_halves(folder)


def sweep_halves(folder: Path) -> None:
    """Remove the halves of files that a write left which was killed."""
    for path in folder.glob(".*.part"):
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
