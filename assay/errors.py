"""Mistakes that a user can mend, and how every error becomes one sentence and an exit code."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

DONE, WRONG, OURS, BUG, INTERRUPTED = 0, 2, 3, 70, 130


class AssayError(Exception):
    """The command line or an input is wrong; the message is one sentence that says what to do."""


def sentence(error: Exception, known: tuple[type[Exception], ...] | None = None) -> tuple[str, int]:
    """One line for stderr, and the exit code. What is `known` has a sentence of its own."""
    if isinstance(error, known or _known()):
        return str(error) or type(error).__name__, WRONG
    if isinstance(error, OSError):
        what = error.strerror or str(error) or type(error).__name__
        return f"{error.filename}: {what}" if error.filename else what, WRONG
    if os.environ.get("ASSAY_TRACEBACK"):
        traceback.print_exception(type(error), error, error.__traceback__)  # as Python 3.9 wants it
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"this is a bug of Assay{where}: {told}; ASSAY_TRACEBACK=1 shows more", BUG


def _known() -> tuple[type[Exception], ...]:
    """What is raised with a sentence of its own. Imported only when something went wrong."""
    from grader.crew import WorkersFailed
    from grader.intake import Unreadable
    from grader.sandbox.running import SandboxError
    from grader.store import StoreError
    from reports.exports import ExportError
    from suites import AuthoringError

    return (AssayError, AuthoringError, ExportError, SandboxError, StoreError, Unreadable, WorkersFailed)
