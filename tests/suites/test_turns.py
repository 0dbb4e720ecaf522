"""A turn: who runs in it, what is on its clock, whose fault it is when nothing comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from suites.turns import Arm, NotMeasured, _Shift, opened_arm, together
from suites.types import Answer, Call, Failure, Reply, Verdict

from .chained import Whole, as_one

MS = 1_000_000
ASKED, SPACER = (Call("f"), Call("g")), (Call("spacer"),)


class Watched(Whole):
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


# ----------------------------------------------------------------------------- two at a time


class Sliced(Watched):
    """Each call takes it three slices, told in `told`; another may not run meanwhile."""

    def __init__(self, name: str, told: list[str], answers: dict[str, Answer] | None = None) -> None:
        super().__init__(answers)
        self.name, self.told = name, told
        self.pause: Callable[[], None] = lambda: None
        self.every_s = 0.0

    @contextmanager
    def sliced(self, every_s: float, pause: Callable[[], None]) -> Iterator[None]:
        self.every_s, self.pause = every_s, pause
        yield
        self.pause = lambda: None

    def chain(self, *calls: Call) -> Answer:
        for _ in range(3):
            assert not self.stopped, "it runs while the other does"
            self.told.append(f"{self.name} {calls[0].do}")
            try:
                self.pause()
            except BaseException:
                assert not self.stopped, "what is stopped cannot be ended"
                raise
        return super().chain(*calls)


def test_two_take_turns_in_the_middle_of_their_questions() -> None:
    told: list[str] = []
    one, two = Sliced("one", told), Sliced("two", told)
    arms = Arm(one), Arm(two, ours=True)
    blocks = together(*arms, [SPACER], [ASKED, ASKED], 0.004)
    slices = [f"{name} {call}" for call in ("spacer", "f", "f") for _ in range(3) for name in ("one", "two")]
    assert told == slices
    assert [block.answers for block in blocks] == [[["f", 1, "g", 1]] * 2] * 2
    assert (one.every_s, two.every_s) == (0.004, 0.004)
    assert one.stopped
    assert two.stopped
    pauses = 2 * 3 + 1  # in each of which a process goes on for a moment, as at the end
    assert [block.cpu_ns for block in blocks] == [(4 + pauses) * MS] * 2


def test_who_is_done_first_leaves_the_processor_to_the_other() -> None:
    told: list[str] = []

    class Quick(Sliced):
        def chain(self, *calls: Call) -> Answer:
            self.told.append("quick")
            return Watched.chain(self, *calls)

    together(Arm(Quick("", told)), Arm(Sliced("slow", told)), (), [ASKED], 0.004)
    together(Arm(Sliced("slow", told)), Arm(Quick("", told)), (), [ASKED], 0.004)
    assert told == ["quick", "slow f", "slow f", "slow f", "slow f", "quick", "slow f", "slow f"]


def test_the_time_in_which_the_other_runs_is_on_nobodys_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock on the wall a slice of one takes 10 ns, of the other 1,000."""
    now = [0]

    class Ticking(Sliced):
        ns = 10

        def chain(self, *calls: Call) -> Answer:
            pause = self.pause

            def after_a_slice() -> None:
                now[0] += self.ns
                pause()

            self.pause = after_a_slice
            return super().chain(*calls)

    monkeypatch.setattr("suites.turns.time.perf_counter_ns", lambda: now[0])
    one, two = Ticking("one", []), Ticking("two", [])
    two.ns = 1000
    blocks = together(Arm(one), Arm(two), (), [ASKED], 0.004)
    assert [block.wall_ns for block in blocks] == [30, 3000]


@pytest.mark.parametrize("failing", [0, 1])
def test_where_one_fails_the_other_is_left(failing: int) -> None:
    """What is told is why it failed; the other is not asked on."""
    told: list[str] = []
    bad = Sliced("bad", told, {"f": Failure(Verdict.MEMORY, "ran out of memory")})
    good = Sliced("good", told)
    arms = [Arm(good)]
    arms.insert(failing, Arm(bad))
    with pytest.raises(NotMeasured, match="ran out of memory") as why:
        together(arms[0], arms[1], (), [ASKED, ASKED], 0.004)
    assert why.value.verdict is Verdict.MEMORY
    assert told.count("bad f") == 3
    assert 3 <= told.count("good f") <= 4


@pytest.mark.parametrize("interrupted", [0, 1])
def test_ctrl_c_ends_both(interrupted: int) -> None:
    told: list[str] = []

    class Interrupted(Sliced):
        def chain(self, *calls: Call) -> Answer:
            raise KeyboardInterrupt

    students = [Sliced("on", told)]
    students.insert(interrupted, Interrupted("", told))
    with pytest.raises(KeyboardInterrupt):
        together(Arm(students[0]), Arm(students[1]), (), [ASKED] * 9, 0.004)
    assert len(told) <= 1


def test_ctrl_c_ends_the_slower_when_the_other_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at its next pause, not when all of it is answered."""
    told: list[str] = []
    begun, abandoned, abandon = threading.Event(), threading.Event(), _Shift.abandon

    def interrupted(future: Future[Any]) -> Any:
        assert begun.wait(30)
        raise KeyboardInterrupt

    def seen(shift: _Shift) -> None:
        abandon(shift)
        abandoned.set()

    class Slow(Sliced):
        def chain(self, *calls: Call) -> Answer:
            begun.set()
            assert abandoned.wait(30)
            return super().chain(*calls)

    class Quick(Sliced):
        def chain(self, *calls: Call) -> Answer:
            return Watched.chain(self, *calls)

    monkeypatch.setattr(Future, "result", interrupted)
    monkeypatch.setattr(_Shift, "abandon", seen)
    with pytest.raises(KeyboardInterrupt):
        together(Arm(Quick("quick", told)), Arm(Slow("slow", told)), (), [ASKED] * 9, 0.004)
    assert told == ["slow f"]
