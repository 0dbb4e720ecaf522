"""An author's code that raises, told in one sentence: what was run, what it raised, and on which line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
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
    folders = {_folder(function) for function in functions} - {None}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).parent in folders]
    where = f" ({frames[-1].filename}:{frames[-1].lineno}, in {frames[-1].name})" if frames else ""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}{f': {said}' if said else ''}{where}"


def _folder(function: Callable[..., Any] | None) -> Path | None:
    """Where a function was written; None for what is not written in Python."""
    code = getattr(function, "__code__", None)
    return Path(code.co_filename).parent if code is not None else None
