"""Sides of a comparison, each a student who runs in its own turns alone, and what a turn brings.

A machine that is shared is faster now and slower then, for tens or hundreds of milliseconds. Two who each
answer a whole question at a time differ by that. So in the middle of a question, too, they take turns: in
slices of a few milliseconds both have about the same of every phase.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Callable

from suites.parts import Timed
from suites.types import Call, Clock, Failure, Opaque, Reply, Value, Verdict

Opened = Callable[[], AbstractContextManager[Timed]]
Question = tuple[Call, ...]


class NotMeasured(Exception):  # noqa: N818 - reads as the sentence it is
    """There is no number, and why."""

    def __init__(self, verdict: Verdict, cause: str) -> None:
        super().__init__(cause)
        self.verdict, self.cause = verdict, cause


@dataclass(frozen=True, eq=False)
class Block:
    """One timed block: CPU and wall time in all, and the answers, a list of tensors for each call.

    device_ns  what the far side says that its GPU took: a claim.
    """

    cpu_ns: int
    wall_ns: int
    answers: list[list[Value | Opaque]]
    device_ns: int = 0

    def ns(self, clock: Clock) -> int:
        """What it took by this clock."""
        return self.cpu_ns if clock == "cpu" else self.wall_ns


class Arm:
    """A student that runs in its own turns alone. `ours` is the reference: what goes wrong is on our side."""

    def __init__(self, student: Timed, ours: bool = False) -> None:
        self._student, self._ours = student, ours
        self._ice = ExitStack()
        self._away_ns = 0

    def thaw(self) -> None:
        """Let it run."""
        self._ice.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.thaw()
        try:
            yield
        finally:
            self._freeze()

    def _freeze(self) -> None:
        with suppress(ProcessLookupError):  # it has ended: its next answer says so
            self._ice.enter_context(self._student.frozen())

    def block(self, spacer: Sequence[Question], timed: Sequence[Question]) -> Block:
        """A turn. Whatever the process does until it is stopped is on its clock."""
        replies = []
        with self._turn():
            for question in spacer:
                self._ask(question)
            wall, cpu = self._wall_ns(), self._cpu_ns()
            for question in timed:
                replies.append(self._ask(question))
            wall = self._wall_ns() - wall
        answers = [[*reply.values] for reply in replies]
        return Block(self._cpu_ns() - cpu, wall, answers, 1000 * sum(reply.device_us for reply in replies))

    def block_in_slices(
        self,
        spacer: Sequence[Question],
        timed: Sequence[Question],
        every_s: float,
        others: Callable[[], None],
    ) -> Block:
        """The same in slices: it is stopped after each, while `others` runs."""

        def pause() -> None:
            began = time.perf_counter_ns()
            self._freeze()
            try:
                others()
            finally:
                self.thaw()  # before it is ended, too
            self._away_ns += time.perf_counter_ns() - began

        with self._student.sliced(every_s, pause):
            return self.block(spacer, timed)

    def _wall_ns(self) -> int:
        return time.perf_counter_ns() - self._away_ns

    def _cpu_ns(self) -> int:
        try:
            return self._student.cpu_ns()
        except ProcessLookupError:
            cause = "the process ended itself after it had answered"
            raise NotMeasured(Verdict.CRASH, cause) from None

    def _ask(self, question: Question) -> Reply:
        answer = self._student.chain(*question)
        if isinstance(answer, Failure) and self._ours:
            raise NotMeasured(Verdict.INFRASTRUCTURE, f"the reference failed beside it: {answer.cause}")
        if isinstance(answer, Failure):
            raise NotMeasured(answer.verdict, answer.cause)
        return answer


def together(
    first: Arm, second: Arm, spacer: Sequence[Question], timed: Sequence[Question], every_s: float
) -> tuple[Block, Block]:
    """A block of each, in slices; while one runs the other is stopped. What either raises ends both."""
    shift = _Shift()

    def block(me: int, arm: Arm) -> Block:
        with shift.taken(me):
            return arm.block_in_slices(spacer, timed, every_s, lambda: shift.pass_on(me))

    with ThreadPoolExecutor(1) as aside:  # one of the two threads waits at any time
        other = aside.submit(block, 1, second)
        try:
            return block(0, first), other.result()
        except _OtherFailedError:
            other.result()  # it says why
            raise
        except BaseException:
            shift.abandon()
            raise


class _OtherFailedError(Exception):
    """There is nothing to go on with; the other side says why."""


class _Shift:
    """Which of two may run, 0 or 1."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._whose = 0
        self._over = [False, False]
        self._failed = False

    @contextmanager
    def taken(self, me: int) -> Iterator[None]:
        """Wait until it is mine; when I am done it is the other's."""
        self._await(me)
        try:
            yield
        except BaseException:
            self.abandon()
            raise
        finally:
            self._over[me] = True
            self._give(1 - me)

    def abandon(self) -> None:
        """Who pauses next does not go on."""
        self._failed = True

    def pass_on(self, me: int) -> None:
        """Let the other run until it passes on or is done. Raises _OtherFailedError where it failed."""
        if not self._over[1 - me]:
            self._give(1 - me)
        self._await(me)

    def _give(self, whom: int) -> None:
        with self._changed:
            self._whose = whom
            self._changed.notify_all()

    def _await(self, me: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._whose == me)
        if self._failed:
            raise _OtherFailedError


@contextmanager
def opened_arm(opened: Opened, *, ours: bool = False) -> Iterator[Arm]:
    """A side in a fresh process; it is let run before it is ended."""
    with opened() as student:
        arm = Arm(student, ours)
        try:
            yield arm
        finally:
            arm.thaw()
