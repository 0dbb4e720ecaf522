"""One side of a comparison: a student who runs in its own turns alone, and what a turn brings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
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

    def thaw(self) -> None:
        """Let it run."""
        self._ice.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.thaw()
        try:
            yield
        finally:
            with suppress(ProcessLookupError):  # it has ended: its next answer says so
                self._ice.enter_context(self._student.frozen())

    def block(self, spacer: Sequence[Question], timed: Sequence[Question]) -> Block:
        """A turn. Whatever the process does until it is stopped is on its clock."""
        replies = []
        with self._turn():
            for question in spacer:
                self._ask(question)
            wall, cpu = time.perf_counter_ns(), self._cpu_ns()
            for question in timed:
                replies.append(self._ask(question))
            wall = time.perf_counter_ns() - wall
        answers = [[*reply.values] for reply in replies]
        return Block(self._cpu_ns() - cpu, wall, answers, 1000 * sum(reply.device_us for reply in replies))

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


@contextmanager
def opened_arm(opened: Opened, *, ours: bool = False) -> Iterator[Arm]:
    """A side in a fresh process; it is let run before it is ended."""
    with opened() as student:
        arm = Arm(student, ours)
        try:
            yield arm
        finally:
            arm.thaw()
