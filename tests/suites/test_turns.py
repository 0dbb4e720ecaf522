"""A turn: who runs in it, what is on its clock, whose fault it is when nothing comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from suites.turns import Arm, NotMeasured, opened_arm
from suites.types import Answer, Call, Failure, Reply, Verdict

from .chained import as_one

MS = 1_000_000
ASKED, SPACER = (Call("f"), Call("g")), (Call("spacer"),)


class Watched:
    """A process whose clock moves by a millisecond a call and, until it is stopped, by one more."""

    def __init__(self, answers: dict[str, Answer] | None = None) -> None:
        self.answers = answers or {}
        self.clock, self.stopped = 5 * MS, False
        self.asked: list[str] = []

    def chain(self, *calls: Call) -> Answer:
        assert not self.stopped, "a stopped process was asked"
        self.asked += [str(call.do) for call in calls]
        self.clock += len(calls) * MS
        return as_one([self.answers.get(str(call.do), Reply((str(call.do), 1))) for call in calls])

    def cpu_ns(self) -> int:
        return self.clock

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.clock += MS  # what it still did on its own until it stood
        self.stopped = True
        yield
        self.stopped = False


def test_a_block_holds_what_was_timed_and_not_its_spacer(monkeypatch: pytest.MonkeyPatch) -> None:
    student, wall = Watched(), iter([100, 170])
    monkeypatch.setattr("suites.turns.time.perf_counter_ns", lambda: next(wall))
    block = Arm(student).block([SPACER, SPACER], [ASKED, ASKED])
    assert student.asked == ["spacer", "spacer", "f", "g", "f", "g"]
    assert block.answers == [["f", 1, "g", 1]] * 2
    assert block.cpu_ns == (4 + 1) * MS  # whatever it did until it was stopped
    assert block.wall_ns == 70


def test_it_is_stopped_between_its_turns_and_let_run_before_it_is_ended() -> None:
    student = Watched()

    @contextmanager
    def opened() -> Iterator[Watched]:
        yield student
        assert not student.stopped, "what is stopped cannot end"

    with opened_arm(opened) as arm:
        for _ in range(2):
            arm.block((), (ASKED,))
            assert student.stopped
        arm.thaw()
        assert not student.stopped
        arm.block((), (ASKED,))
    assert not student.stopped


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("where", ["f", "spacer"])
def test_a_failure_is_told_by_whose_code_it_is(ours: bool, where: str) -> None:
    student = Watched({where: Failure(Verdict.MEMORY, "ran out of memory")})

    @contextmanager
    def opened() -> Iterator[Watched]:
        yield student

    says = ("the reference failed beside it: " if ours else "") + "ran out of memory"
    with opened_arm(opened, ours=ours) as arm, pytest.raises(NotMeasured) as why:
        arm.block((SPACER,), (ASKED,))
    assert (why.value.cause, str(why.value)) == (says, says)
    assert why.value.verdict is (Verdict.INFRASTRUCTURE if ours else Verdict.MEMORY)


def test_who_has_ended_cannot_be_stopped_and_says_so_when_it_is_asked() -> None:
    class Ended(Watched):
        @contextmanager
        def frozen(self) -> Iterator[None]:
            raise ProcessLookupError
            yield

        def cpu_ns(self) -> int:
            if self.asked:
                raise ProcessLookupError
            return 0

    with pytest.raises(NotMeasured, match="the process ended itself after it had answered") as why:
        Arm(Ended()).block((), (ASKED,))
    assert why.value.verdict is Verdict.CRASH
