"""What a returned value holds in the end. Kinds come before values: an array of a hostile list may be vast.

One long text among a million numbers would make a million long texts of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(value: Any) -> Iterator[Any]:
    """What its lists, tuples and dictionaries hold in the end; keys are no leaves."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value
