"""Processes that do one task after the other, each told of by which it died.

A process has one task at a time and the next is read while all are busy. So what ends a process is known, and
takes nothing else along: another process stands in, and the task is tried again when all others are done.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from grader.child import Child, Line, crossing

T = TypeVar("T")
R = TypeVar("R")

Begin = Callable[[], AbstractContextManager[Callable[[T], R]]]


class WorkersFailed(Exception):  # noqa: N818 - reads as the sentence it is
    """No worker process can be started, in one sentence."""


class _Done(NamedTuple, Generic[R]):
    """A task is done."""

    result: R


class Crew(Generic[T, R]):
    """`jobs` processes. A context manager: they end with it, at once after an exception or in the middle.

    In each, `begin()` is entered once and gives what does a task; both, tasks and results must be picklable.
    A task that ends its process twice, the second time with no other task beside it, gets `lost(task)`.
    """

    def __init__(self, begin: Begin[T, R], lost: Callable[[T], R], jobs: int) -> None:
        self._begin, self._lost = begin, lost
        self._members: list[_Member[T, R]] = [_Member(begin) for _ in range(jobs)]

    def __enter__(self) -> Self:
        self._hears, self._interrupts = Pipe(duplex=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not any(member.busy for member in self._members):
                for member in self._members:
                    member.dismiss()
                for member in self._members:
                    member.join()
        finally:
            for member in self._members:
                member.hang_up()
            for member in self._members:
                member.close()
            self._hears.close()
            self._interrupts.close()

    def do(self, tasks: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Each task with its result, as they end; raises what a task raises, and WorkersFailed."""
        suspects: list[T] = []
        for task, done in self._round(tasks):
            if done:
                yield task, done.result
            else:
                suspects.append(task)
        for suspect in suspects:
            for task, done in self._round([suspect]):
                yield task, done.result if done else self._lost(task)

    def interrupt(self) -> None:
        """Let `do` raise KeyboardInterrupt when it next waits. A signal handler may call this."""
        self._interrupts.send_bytes(b"!")

    def _round(self, tasks: Iterable[T]) -> Iterator[tuple[T, _Done[R] | None]]:
        """Each task as it ends: done, or with its process."""
        tasks = iter(tasks)
        ahead = deque(islice(tasks, 1))
        ended: list[tuple[T, _Done[R] | None]] = []
        while True:
            for member in self._members:
                if ahead and not member.busy:
                    member.give(ahead.popleft())
                    ahead.extend(islice(tasks, 1))
            yield from ended  # now that nobody waits for us
            busy = [member for member in self._members if member.busy]
            if not busy:
                return
            ended = list(self._ended(busy))

    def _ended(self, busy: list["_Member[T, R]"]) -> Iterator[tuple[T, _Done[R] | None]]:
        ready = wait([self._hears, *(member.hears for member in busy)])
        if self._hears in ready:
            raise KeyboardInterrupt
        for member in busy:
            if member.hears in ready:
                yield from member.take()


class _Member(Generic[T, R]):
    """One place in the crew: a process, if it has been needed yet, and the task that it is at."""

    def __init__(self, begin: Begin[T, R]) -> None:
        self._begin = begin
        self._child: Child | None = None
        self._task: T
        self.busy = False

    @property
    def hears(self) -> Connection:
        assert self._child is not None
        return self._child.connection

    def give(self, task: T) -> None:
        if self._child is not None and self._child.connection.poll():
            self.close()  # who has nothing to do has nothing to say: it has died, and not of this task
        if self._child is None:
            self._child = self._start()
        self._task, self.busy = task, True
        self._child.send((task,))

    def _start(self) -> Child:
        self._has_begun = False
        try:
            return Child(_serve, self._begin)
        except OSError as error:
            raise WorkersFailed(f"no worker process can be started: {error}") from error

    def take(self) -> Iterator[tuple[T, _Done[R] | None]]:
        """Hear from the process: the task, if it has ended, done or with the process."""
        assert self._child is not None
        try:
            reply = self._child.receive()
        except EOFError as error:
            if not self._has_begun:
                raise WorkersFailed("no worker process can be started; what it wrote stands above") from error
            self.close()
            reply = None
        else:
            if not self._has_begun:
                self._has_begun = True
                return
        self.busy = False
        if isinstance(reply, Exception):
            raise reply
        yield self._task, reply

    def dismiss(self) -> None:
        """Let it end when it has done its task."""
        if self._child is not None:
            self._child.send(None)

    def join(self) -> None:
        if self._child is not None:
            self._child.join()

    def hang_up(self) -> None:
        """Let it end at once."""
        if self._child is not None:
            self._child.hang_up()

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


# --------------------------------------------------------------------------- in a process of it


def _serve(line: Line, begin: Begin[T, R]) -> None:
    with begin() as do:
        line.send(None)  # it has begun
        while (given := line.receive()) is not None:
            line.send(_reply(do, *given))


def _reply(do: Callable[[T], R], task: T) -> _Done[R] | Exception:
    try:
        return _Done(do(task))
    except Exception as error:
        return crossing(error)
