"""The seam between who asks (`grader.student`) and who confines (`grader.sandbox`)."""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Wall time is kept by the asking side."""

    question_s: float = 10.0  # wall time a question
    total_s: float = 120.0  # wall time a submission (all its sandboxes)
    cpu_s: float = 60.0  # CPU time a sandbox
    memory_bytes: int = 1 << 30  # above what the zygote already holds
    processes: int = 64
    files_open: int = 64
    file_bytes: int = 16 << 20
    tmp_bytes: int = 64 << 20
    printed_kept: int = 64 << 10
    printed_max: int = 8 << 20
    reply_bytes: int = 64 << 20
    callbacks: int = 10_000  # calls of the functions that one call is given
    deaths: int = 2  # sandboxes that one function may end before it is asked no more


@dataclass(frozen=True)
class Exit:
    """How a sandbox ended. `killed` means by us; `cause` is the launcher's word, such as "out of memory"."""

    code: int | None
    signal: int | None
    killed: bool
    cpu_s: float
    max_rss_bytes: int
    cause: str = ""


@dataclass(frozen=True)
class Housing:
    """What containers are made of, at the levels that have any.

    base   the image that the sandbox's image is built upon, by name; "" for the usual one
    gpus   how many of this machine's GPUs may be used; a launcher takes one of them, for itself alone
    """

    base: str = ""
    gpus: int = 0


AS_USUAL = Housing()

HANG_UP_S = 0.5  # between the end of a worker's stream and its own


class Sandbox(Protocol):
    """A confined worker: `data` carries frames, `output` is the read end of what it prints.

    Both belong to the sandbox and are closed when its context ends. The holder may make them non-blocking.
    """

    data: socket.socket
    output: int

    def hung_up(self) -> None:
        """The worker has closed its end: give it a moment to die, lest `kill` be taken for what it died of.

        Returns at the latest after HANG_UP_S, for one that closes its end and goes on.
        """

    def kill(self) -> None:
        """End everything inside, now; harmless when it has ended already."""

    def wait(self) -> Exit:
        """Wait for the end and say how it came; the same answer when asked again."""

    def cpu_ns(self) -> int:
        """CPU time of the worker so far, read without its help.

        ProcessLookupError where it is gone, another OSError where this cannot be read.
        """

    def frozen(self) -> AbstractContextManager[None]:
        """The worker stopped while the context lasts. OSError where it cannot be."""


class Launcher(Protocol):
    """Opens sandboxes of one level. `open` raises OSError when it cannot: never the student's failure."""

    level: str
    stops_at_once: bool  # whether freezing a sandbox, and letting it go on, takes microseconds

    def open(self, limits: Limits) -> AbstractContextManager[Sandbox]:
        """A sandbox whose worker is waiting for its first frame."""

    def close(self) -> None:
        """Give back what serves all sandboxes (a zygote, containers)."""
