"""Waiting for someone to save a file."""

import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from assay.choosing import ENDINGS
from grader.intake.files import ENTRIES, is_ignored

POLL_S = 0.3

State = frozenset[tuple[str, int, int, int]]


def changes(paths: Sequence[Path]) -> Iterator[None]:
    """Once at the beginning, and again each time that a file which may be handed in has changed.

    What changes while the last change is still being looked at counts as a change, too.
    """
    before: State | None = None
    while True:
        now = frozenset(entry for path in paths for entry in islice(_files(path), ENTRIES))
        if now == before:
            time.sleep(POLL_S)
        else:
            before = now
            yield


def _files(path: Path) -> Iterator[tuple[str, int, int, int]]:
    if not path.is_dir():
        yield from _state(str(path))
        return
    for folder, inner, names in os.walk(path):
        inner[:] = [name for name in inner if not is_ignored(name)]
        for name in names:
            if name.endswith(ENDINGS) and not is_ignored(name):
                yield from _state(os.path.join(folder, name))


def _state(path: str) -> Iterator[tuple[str, int, int, int]]:
    try:
        found = os.stat(path)
    except OSError:  # gone, for as long as an editor takes to put the new file in its place
        return
    yield path, found.st_mtime_ns, found.st_size, found.st_ino
