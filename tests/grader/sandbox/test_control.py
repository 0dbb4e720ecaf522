"""The pipes of a run: all of them, or none."""

import errno
import os
from collections.abc import Iterator

import pytest

from grader.sandbox import control


def descriptors() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))


def test_where_there_is_no_room_for_all_pipes_none_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def some() -> Iterator[tuple[int, int]]:
        yield os.pipe()
        yield os.pipe()
        raise OSError(errno.EMFILE, "Too many open files")

    before, pipes = descriptors(), some()
    with monkeypatch.context() as short:
        short.setattr(control, "os", type("os", (), {"pipe": lambda: next(pipes), "close": os.close}))
        with pytest.raises(OSError, match="Too many"):
            control.pipes()
    assert descriptors() == before
