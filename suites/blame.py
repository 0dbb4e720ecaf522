"""An author's code that raises, told in one sentence: what was run, what it raised, and on which line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from suites.assignment import AuthoringError


@contextmanager
def blamed(what: str, *functions: Callable[..., Any] | None) -> Iterator[None]:
    """Make an AuthoringError of whatever is raised meanwhile; `what` is a clause that ends in a verb."""
    try:
        yield
    except AuthoringError:
        raise
    except Exception as error:
        raise AuthoringError(f"{what}: {told(error, *functions)}") from error


def told(error: Exception, *functions: Callable[..., Any] | None) -> str:
    """The exception in one line, with the author's line: the innermost of a file beside these functions."""
    frame = innermost(error, {folder for folder in map(_folder, functions) if folder is not None})
    where = f" ({frame.filename}:{frame.lineno}, in {frame.name})" if frame else ""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}{f': {said}' if said else ''}{where}"


def innermost(error: Exception, folders: Collection[Path]) -> traceback.FrameSummary | None:
    """The last frame of the exception whose file lies in one of the folders, if any does."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).parent in folders]
    return frames[-1] if frames else None


def _folder(function: Callable[..., Any] | None) -> Path | None:
    """Where a function was written; None for what is not written in Python."""
    code = getattr(function, "__code__", None)
    return Path(code.co_filename).parent if code is not None else None
