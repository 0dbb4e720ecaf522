"""What was raised, in words: a verdict, one clause, and the traceback of the submission's own lines."""

from __future__ import annotations

import linecache
from types import CodeType
from typing import Any

from grader.worker.places import place
from grader.worker.submission import Submission

MAX_TEXT = 4000
MAX_CAUSE = 200
FIRST_FRAMES, LAST_FRAMES = 4, 12  # of a traceback: a runaway recursion has a thousand


class CallError(Exception):
    """A call without an answer, with its verdict, a clause for people and the text of its traceback."""

    def __init__(self, verdict: str, cause: str, text: str = "") -> None:
        super().__init__(cause)
        self.verdict, self.cause, self.text = verdict, cause, text


def failure(index: int, error: BaseException, submission: Submission, when: str = "") -> dict[str, Any]:
    """What a FAILED says of an exception."""
    if type(error) is CallError:
        verdict, cause, text = error.verdict, error.cause, error.text
    else:
        verdict = "memory" if isinstance(error, MemoryError) else "error"
        try:
            cause, text = _cause(error, when, submission), _text(error, submission)
        except BaseException:  # an exception is the student's object too
            cause, text = "raised an exception that cannot be read", ""
    return {"i": index, "verdict": verdict, "cause": cause[:MAX_CAUSE], "text": text[:MAX_TEXT]}


def _cause(error: BaseException, when: str, submission: Submission) -> str:
    """One clause: what was raised."""
    after = f" {when}" if when else ""
    if isinstance(error, MemoryError):
        return "ran out of memory" + after
    if isinstance(error, SystemExit):
        return "called sys.exit()" + after
    if when and isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        return f"syntax error in {_place(error.filename, error.lineno, submission)}"
    message = _message(error).split("\n")[0]
    return f"raised {type(error).__name__}{after}: {message}" if message else f"raised {type(error).__name__}"


def _message(error: BaseException) -> str:
    try:
        message = str(error)
        return message[:MAX_TEXT] if type(message) is str else ""
    except BaseException:  # its own __str__ may raise, or leave
        return "(its message could not be read)"


def _text(error: BaseException, submission: Submission) -> str:
    """The traceback of the submission's own lines."""
    lines = _frames(error, submission)
    message = _message(error)
    if isinstance(error, SyntaxError) and error.filename in submission.files:
        source = (error.text or "").strip()[:MAX_CAUSE]
        where = _place(error.filename, error.lineno or 0, submission)
        lines.append(f'  File "{error.filename}", {where}\n    {source}')
        message = str(error.msg)  # without the place, which counts the lines of a notebook's script
    text = "\n".join(lines)[: MAX_TEXT // 2] + "\n" if lines else ""
    return f"{text}{type(error).__name__}" + (f": {message}" if message else "")


def _frames(error: BaseException, submission: Submission) -> list[str]:
    places = []
    step = error.__traceback__
    while step is not None:
        code: CodeType = step.tb_frame.f_code
        if code.co_filename in submission.files:
            places.append((code.co_filename, step.tb_lineno, code.co_name))
        step = step.tb_next
    skipped = len(places) - FIRST_FRAMES - LAST_FRAMES
    lines = []
    for number, (path, line, name) in enumerate(places):
        if skipped > 0 and FIRST_FRAMES <= number < FIRST_FRAMES + skipped:
            if number == FIRST_FRAMES:
                lines.append(f"  ... {skipped} more")
            continue
        source = linecache.getline(path, line).strip()[:MAX_CAUSE]
        lines.append(f'  File "{path}", {_place(path, line, submission)}, in {name}\n    {source}')
    return lines


def _place(path: Any, line: int, submission: Submission) -> str:
    return place(submission.files.get(path, ""), line)
