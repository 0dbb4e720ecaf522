"""Says what a self-check found, on the terminal: as text, or as JSON; and with which exit code."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.errors import DONE, OURS

if TYPE_CHECKING:
    from assay.checked import Checked
    from assay.telling import Style

SHORT = 1  # something falls short
WIDEST = 100


def exit_code(checked: Checked) -> int:
    """0 for full marks, 1 where something falls short; what is ours is complained of."""
    if checked.ours:
        complain(f"the check itself failed, for no reason of yours: {checked.record.reason}")
        return OURS
    return DONE if checked.full else SHORT


def complain(told: str) -> None:
    """One sentence to stderr."""
    from reports.text import inert

    print(f"assay: {inert(told, 1000)}", file=sys.stderr, flush=True)


def print_json(checked: Checked, *, one_line: bool) -> None:
    """The check for programs, on one line or on many."""
    from assay.forms import plain
    from reports.files import strict

    indent = None if one_line else 2
    print(json.dumps(strict(plain(checked)), allow_nan=False, indent=indent), flush=True)


def print_text(checked: Checked, *, rule: bool) -> None:
    """The check for people, below a rule with the time where it is one of many."""
    from assay.telling import lines

    style = _style()
    if rule:
        print(time.strftime("-- %H:%M:%S ").ljust(style.width, "-"))
    for line in lines(checked, style):
        print(line)
    sys.stdout.flush()


def _style() -> Style:
    """What suits where the text goes: colours on a terminal alone, and signs that it can show."""
    from assay.telling import PLAIN_SIGNS, Style

    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    style = Style(colours, min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST))
    try:
        "".join(style.signs).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return replace(style, signs=PLAIN_SIGNS)
    return style
