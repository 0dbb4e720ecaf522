"""The processes that grade: each with the plan and a launcher of its own, none with the results.

They end with the coordinator, however it ends: each watches a pipe whose other end the coordinator alone
holds, so that its death, or its wish to stop at once, is an end of file.
"""

import atexit
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from fractions import Fraction
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from grader.intake import Found, Submission
from grader.record import Record, Status
from grader.sandbox.types import AS_USUAL, Housing
from grader.store import now
from grader.threads import one_thread

if TYPE_CHECKING:
    from grader.plan import Plan

Grade = Callable[[Submission], Record]
Grading = Callable[["Plan", str], AbstractContextManager[Grade]]


class WorkersFailed(Exception):  # noqa: N818 - reads as the sentence it is
    """No worker process can be started, in one sentence."""


@contextmanager
def in_sandbox(plan: "Plan", level: str, housing: Housing = AS_USUAL, jobs: int = 1) -> Iterator[Grade]:
    """Grade in the sandboxes of one launcher, of which a submission may have `jobs` at the same time."""
    from grader.judge import grade
    from grader.sandbox.launch import open_launcher

    launcher = open_launcher(level, plan.packages, housing)
    try:
        yield lambda submission: grade(plan, submission, launcher, jobs=jobs)
    finally:
        launcher.close()


def told(error: BaseException) -> str:
    """An error of ours in one line, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def ungraded(
    whose: Found | Submission, content: str, status: Status, reason: str, plan: "Plan", level: str
) -> Record:
    """The record of what could not be graded, for the student's reason or for ours."""
    return Record(
        student=whose.student,
        submission=whose.name,
        slug=whose.slug,
        content=content,
        status=status,
        reason=reason,
        score=Fraction(0),
        max_score=plan.max_score,
        sandbox=level,
        graded_at=now(),
    )


class Pool:
    """A process pool that can be restarted after a worker's death. A context manager."""

    def __init__(self, plan: "Plan", level: str, grading: Grading, jobs: int) -> None:
        self._arguments = (plan, level, grading)
        self._jobs = jobs
        self._exits = ExitStack()
        self.most_in_flight = 2 * jobs  # one at work and one waiting for each

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            exits.enter_context(one_thread())
            resource_tracker.ensure_running()  # starting it would let Ctrl-C through to the workers
            self._start()
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._exits:
            self._stop(at_once=kind is not None)

    def submit(self, submission: Submission) -> "Future[Record]":
        """Have it graded by some worker; raises BrokenProcessPool if one has died."""
        with deaf_children(), strangers_to_main():
            return self._executor.submit(_grade, submission)

    def restart(self) -> None:
        """Replace the workers, after one of them died."""
        self._stop(at_once=True)
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._end, self._ours = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(
            self._jobs, context, initializer=_begin, initargs=(*self._arguments, self._end)
        )
        try:
            with deaf_children(), strangers_to_main():
                self._executor.submit(_ready).result()
        except BrokenProcessPool as error:
            self._stop(at_once=True)
            raise WorkersFailed("no worker process can be started; what it wrote stands above") from error

    def _stop(self, *, at_once: bool) -> None:
        if at_once:
            self._ours.close()
        self._executor.shutdown(wait=True, cancel_futures=at_once)
        self._ours.close()
        self._end.close()


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes started herein don't hear Ctrl-C, which a terminal sends to all: the coordinator decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def strangers_to_main() -> Iterator[None]:
    """Processes started herein don't run the main module again.

    They need nothing of it, and a script without `if __name__ == "__main__"` would start a batch in each.
    """
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {
        name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)
    }
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(hidden)


# --------------------------------------------------------------------------- in a worker


class _Worker:
    """Grades one submission after the other; opens its launcher when it is first needed."""

    def __init__(self, plan: "Plan", level: str, grading: Grading) -> None:
        self.plan, self.level, self.grading = plan, level, grading
        self.open = ExitStack()
        self.ready: Grade | None = None

    def grade(self, submission: Submission) -> Record:
        """Grade it. What fails on our side is tried once more, with a fresh launcher."""
        record = self._attempt(submission)
        return self._attempt(submission) if record.status is Status.INFRASTRUCTURE else record

    def _attempt(self, submission: Submission) -> Record:
        try:
            if self.ready is None:
                self.ready = self.open.enter_context(self.grading(self.plan, self.level))
            record = self.ready(submission)
        except Exception as error:  # whatever it is, it is ours, and the other submissions go on
            status = Status.INFRASTRUCTURE
            record = ungraded(submission, submission.content, status, told(error), self.plan, self.level)
        if record.status is Status.INFRASTRUCTURE:
            self.close()
        return record

    def close(self) -> None:
        """Close the launcher; the next submission opens another."""
        self.ready = None
        with suppress(Exception):  # what is broken need not close well
            self.open.close()


_worker: _Worker | None = None


def _begin(plan: "Plan", level: str, grading: Grading, end: Connection) -> None:
    global _worker  # noqa: PLW0603 - a process is one worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=end_with_coordinator, args=(end,), daemon=True).start()
    _worker = _Worker(plan, level, grading)
    gc.freeze()  # the plan stays: no collection need walk it again for every submission
    atexit.register(_worker.close)


def end_with_coordinator(end: Connection) -> None:
    """Wait until nobody holds the other end any more, then end this process at once."""
    with suppress(EOFError, OSError):
        end.recv_bytes()
    os._exit(1)


def _ready() -> None:
    """Nothing; that it returns shows that workers start."""


def _grade(submission: Submission) -> Record:
    assert _worker is not None
    return _worker.grade(submission)
