"""Processes that prove: one task after the other, each within its time, and none outlives the command."""

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Generic, TypeVar

from grader.pool import WorkersFailed, deaf_children, end_with_coordinator, strangers_to_main
from grader.threads import one_thread

try:
    import resource
except ImportError:  # not there on Windows
    resource = None  # type: ignore[assignment]

T = TypeVar("T")
R = TypeVar("R")

SOFT_S = 20.0  # of CPU: then the task is told so, by an exception that none of its code may catch by accident
HARD_S = 60  # of CPU: then its process ends, whatever it does
WALL_S = 1200.0  # the same for one that sleeps; on a busy machine a second of CPU takes many
MEMORY = 6 << 30  # of a process: a mutant may ask for any number of zeros


class OutOfTime(BaseException):
    """The CPU time of a task is over."""


class Tasks(Generic[T, R]):
    """Runs `work` on tasks in processes. What ends its process twice, the second time alone, gets `lost`."""

    def __init__(self, work: Callable[[T], R], lost: Callable[[T], R], jobs: int) -> None:
        self._work, self._lost, self._jobs = work, lost, jobs

    def run(self, tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Each task with its result, as they end."""
        suspects: list[T] = []
        todo = list(tasks)
        while todo:
            done: set[int] = set()
            try:
                with _pool(self._jobs) as executor:
                    for index, result in self._together(executor, todo):
                        done.add(index)
                        yield todo[index], result
            except BrokenProcessPool:
                self._in_flight -= done
                suspects += [todo[i] for i in sorted(self._in_flight)]
            todo = [task for i, task in enumerate(todo) if i not in done and i not in self._in_flight]
        for task in suspects:
            yield task, self._alone(task)

    def _together(self, executor: ProcessPoolExecutor, todo: Sequence[T]) -> Iterator[tuple[int, R]]:
        waiting = list(range(len(todo)))[::-1]
        futures: dict[Future[R], int] = {}
        self._in_flight: set[int] = set()
        while waiting or futures:
            while waiting and len(futures) < 2 * self._jobs:
                index = waiting.pop()
                self._in_flight.add(index)
                with deaf_children(), strangers_to_main():
                    futures[executor.submit(_limited, self._work, todo[index])] = index
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                yield futures[future], future.result()
                self._in_flight.discard(futures.pop(future))

    def _alone(self, task: T) -> R:
        try:
            with _pool(1) as executor, deaf_children(), strangers_to_main():
                result: R = executor.submit(_limited, self._work, task).result()
                return result
        except BrokenProcessPool:
            return self._lost(task)


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end with us, at once where we are left by an exception."""
    with one_thread():
        resource_tracker.ensure_running()
        context = get_context("spawn")
        end, ours = context.Pipe(duplex=False)
        executor = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(end,))
        try:
            try:
                with deaf_children(), strangers_to_main():
                    executor.submit(os.getpid).result()
            except BrokenProcessPool as error:
                raise WorkersFailed("no worker process can be started; what it wrote stands above") from error
            yield executor
        except BaseException:
            ours.close()  # what the processes wait for
            executor.shutdown(wait=True, cancel_futures=True)
            raise
        else:
            executor.shutdown(wait=True)
        finally:
            ours.close()
            end.close()


# --------------------------------------------------------------------------- in a worker


def _begin(end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    if resource is not None:
        with suppress(ValueError, OSError):  # one below it is in force already
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    threading.Thread(target=end_with_coordinator, args=(end,), daemon=True).start()


def _out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


def _limited(work: Callable[[Any], Any], task: Any) -> Any:
    with open(os.devnull, "w") as nowhere, soft_limit(SOFT_S):
        _limit_cpu()
        faulthandler.dump_traceback_later(WALL_S, exit=True, file=nowhere)
        try:
            return work(task)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _limit_cpu() -> None:
    """Let the kernel end this process when the task has used all of its CPU: C code hears of no exception."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        ends = int(time.process_time()) + HARD_S + 1
        resource.setrlimit(resource.RLIMIT_CPU, (ends if hard < 0 else min(ends, hard), hard))


@contextmanager
def soft_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the main thread after so many seconds of CPU, however busy the machine."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGPROF, _out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
