"""Patterns whose repeats never give back what they ate: time and memory stay those of the text alone."""

from __future__ import annotations

import re
import sys


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern that is written with possessive repeats (`*+`, `++`).

    Python knows them from 3.11 on, and every course grades with that. A student's own machine may have an
    older one: there they are greedy, which in our patterns matches the same and takes more memory.
    """
    return re.compile(pattern if sys.version_info >= (3, 11) else greedy(pattern), flags)


def greedy(pattern: str) -> str:
    """The pattern with greedy repeats in the place of possessive ones."""
    return re.sub(r"(?<=[*+])\+", "", pattern)
