"""How long work is shown: a bar on a terminal, now and then a line elsewhere, nothing from Python."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from grader.batch import Tally

T = TypeVar("T")


class Progress(Protocol):
    """Who is told how far it is."""

    def say(self, text: str) -> None:
        """A stage begins."""

    def graded(self, tally: "Tally") -> None:
        """The batch is so far."""

    def wrote(self, total: int) -> None:
        """One more student is done, of so many."""


class _Silent:
    def say(self, text: str) -> None: ...

    def graded(self, tally: "Tally") -> None: ...

    def wrote(self, total: int) -> None: ...


SILENT: Progress = _Silent()


def one_by_one(students: Iterable[T], total: int, progress: Progress) -> Iterator[T]:
    """The same, one by one; each is told of when the next is asked for."""
    for each in students:
        yield each
        progress.wrote(total)


class Lines:
    """Plain lines, about one a twentieth of the whole, and neither a flood nor a long silence."""

    EVERY = 0.05
    SOONEST_S = 2.0
    LATEST_S = 30.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last_s = 0.0
        self._last = 0.0

    def say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)
        self._last_s, self._last = time.monotonic(), 0.0

    def graded(self, tally: "Tally") -> None:
        share = tally.done / tally.total if tally.total else 1.0
        waited = time.monotonic() - self._last_s
        due = waited >= self.SOONEST_S and (share - self._last >= self.EVERY or waited >= self.LATEST_S)
        if tally.done and (due or tally.done == tally.total):
            self._last_s, self._last = time.monotonic(), share
            print(f"{tally.done} of {tally.total}: {summary(tally)}", file=self._stream, flush=True)

    def wrote(self, total: int) -> None:
        """A report is written in seconds; its stage was said."""


class Bars:
    """A bar with the counts by status and the time left, on a terminal."""

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, counts="")

    def say(self, text: str) -> None:
        self._bar.reset(self._task, total=None, description=text, counts="")

    def graded(self, tally: "Tally") -> None:
        fresh = tally.done - tally.resumed  # what was there already says nothing of the speed
        total = tally.total - tally.resumed
        counts, over = summary(tally), tally.done == tally.total  # the last counts are seen, not passed over
        self._bar.update(self._task, completed=fresh, total=total or None, counts=counts, refresh=over)

    def wrote(self, total: int) -> None:
        self._bar.update(self._task, advance=1, total=total or None)


def summary(tally: "Tally") -> str:
    """The counts in words: `12 graded, 1 unreadable, 3 done before`."""
    counts: Mapping[str, int] = {**tally.counts, "done before": tally.resumed}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


@contextmanager
def shown() -> Iterator[Progress]:
    """Progress on stderr, as suits it."""
    if not sys.stderr.isatty():
        yield Lines(sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}", markup=False),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bars(bar)


class Steps(Protocol):
    """Who is told how many of many steps are done."""

    def begin(self, text: str, total: int) -> None:
        """They begin."""

    def step(self) -> None:
        """One more is done."""


class _StepLines:
    """A line every few seconds."""

    EVERY_S = 10.0

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._done, self._total, self._last_s = stream, 0, 0, 0.0

    def begin(self, text: str, total: int) -> None:
        self._done, self._total, self._last_s = 0, total, time.monotonic()
        print(text, file=self._stream, flush=True)

    def step(self) -> None:
        self._done += 1
        if time.monotonic() - self._last_s >= self.EVERY_S:
            self._last_s = time.monotonic()
            print(f"{self._done} of {self._total}", file=self._stream, flush=True)


class _StepBar:
    def __init__(self, bar: "Bar") -> None:
        self._bar, self._task = bar, bar.add_task("", total=None)

    def begin(self, text: str, total: int) -> None:
        self._bar.reset(self._task, description=text, total=total or None)

    def step(self) -> None:
        self._bar.update(self._task, advance=1)


@contextmanager
def counted() -> Iterator[Steps]:
    """Steps on stderr, as suits it."""
    if not sys.stderr.isatty():
        yield _StepLines(sys.stderr)
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(*Bar.get_default_columns(), console=Console(stderr=True), transient=True) as bar:
        yield _StepBar(bar)
