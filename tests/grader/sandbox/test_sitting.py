"""A sitting opens fresh sandboxes of one submission, measured and stopped from outside."""

import os
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from grader.intake.submission import Submission
from grader.judge import grade
from grader.loopback import loopback
from grader.plan import make_plan
from grader.planned import Plan
from grader.sandbox.launch import ZygoteLauncher
from grader.sandbox.levels import Level
from grader.sandbox.types import Limits
from grader.sitting import SandboxSitting
from grader.student import SandboxStudent
from suites.parts import Means
from suites.types import Answer, Call, Opaque, Reply, Verdict

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads another process's clock")

LIMITS = Limits(question_s=10, total_s=30, memory_bytes=192 << 20, printed_kept=10)
SOURCE = """
import time

COUNT = [0]

def count():
    COUNT[0] += 1
    print("count", COUNT[0])
    return COUNT[0]

def work(seconds):
    since = time.process_time()
    while time.process_time() - since < seconds:
        pass

def long():
    return [0.5] * 100_000
"""

DECLARATION = """
from dataclasses import dataclass
from fractions import Fraction

from suites import Assignment
from suites.types import Call, Finding, Verdict


@dataclass(frozen=True)
class SealedGuess:
    name: str
    needs: tuple
    key: str
    secret: int

    def judge(self, sitting):
        with sitting.open() as first, sitting.open() as second:
            answers = first.ask(Call("guess")) + second.ask(Call("guess"))
        right = all(answer.values == (self.secret % 2,) for answer in answers)
        verdict = Verdict.PASS if right else Verdict.FAIL
        cause = "" if right else "guessed wrong"
        return [
            Finding(self.name, "guess", "guess", "ordinary", verdict, cause, Fraction(right), Fraction(3))
        ]


@dataclass(frozen=True)
class Guess:
    name: str
    title: str = ""
    needs: tuple = ()
    measures = False
    points: tuple = (("guess", Fraction(3)),)

    def seal(self, stream):
        secret = int(stream(self.name).integers(1 << 30))
        return SealedGuess(self.name, self.needs, str(secret), secret)


assignment = Assignment(title="Guess", submit="guess.py", parts=(Guess("guess"),))
"""


def submission(source: str, name: str = "hw.py") -> Submission:
    return Submission("ada", name, "ada", {name: source}, name, "0" * 64)


@pytest.fixture
def sitting(launcher: ZygoteLauncher) -> SandboxSitting:
    return SandboxSitting(launcher, submission(SOURCE), LIMITS)


def value(answer: Answer) -> object:
    assert isinstance(answer, Reply), answer
    return answer.values[0]


def test_each_sandbox_is_fresh(sitting: SandboxSitting) -> None:
    with sitting.open() as one, sitting.open() as two:
        assert [value(a) for a in one.ask(Call("count"), Call("count"))] == [1, 2]
        assert [value(a) for a in two.ask(Call("count"))] == [1]
    assert sitting.printed == b"count 1\nco"
    assert sitting.dropped == len("unt 2\ncount 1\n")
    assert sitting.cpu_s > 0
    assert sitting.max_rss_bytes > 0


def test_who_needs_no_sandbox_of_its_own_shares_one(sitting: SandboxSitting) -> None:
    with sitting.usual() as one:
        with sitting.usual() as same:
            assert [value(a) for a in same.ask(Call("count"))] == [1]
        assert [value(a) for a in one.ask(Call("count"))] == [2]
        with sitting.open() as other:
            assert [value(a) for a in other.ask(Call("count"))] == [1]
    with sitting.usual() as fresh:
        assert [value(a) for a in fresh.ask(Call("count"))] == [1]


def test_means_replace_limits(sitting: SandboxSitting) -> None:
    with sitting.open(Means(reply_bytes=100_000)) as student:
        assert isinstance(value(*student.ask(Call("long"))), Opaque)
    with sitting.open() as student:
        assert value(*student.ask(Call("long"))) == [0.5] * 100_000


@linux
def test_cpu_time_is_read_from_outside(sitting: SandboxSitting) -> None:
    with sitting.open() as student:
        assert student.cpu_ns() == 0  # nobody was asked
        student.ask(Call("work", (0.0,)))
        before = student.cpu_ns()
        student.ask(Call("work", (0.05,)))
        worked = student.cpu_ns() - before
        assert 50e6 <= worked < 1e9
        running = student.cpu_ns()
    assert 1e9 * sitting.cpu_s >= running - 1e7  # ticks of the kernel's other clock


@linux
@pytest.mark.parametrize("level", [level for level in Level if not level.in_container], indirect=True)
def test_who_is_gone_has_no_clock(launcher: ZygoteLauncher) -> None:
    with launcher.open(LIMITS) as sandbox:
        assert sandbox.cpu_ns() > 0
        sandbox.kill()
        sandbox.wait()
        with pytest.raises(ProcessLookupError):
            sandbox.cpu_ns()
        sandbox.pid = os.getpid()  # as if another had got the number
        with pytest.raises(ProcessLookupError):
            sandbox.cpu_ns()


@linux  # a paused container is looked at in docker/test_hardening.py
@pytest.mark.parametrize("level", [level for level in Level if not level.in_container], indirect=True)
def test_frozen_is_stopped_and_goes_on(sitting: SandboxSitting) -> None:
    with sitting.open() as student:
        student.ask(Call("work", (0.0,)))
        with student.frozen():
            assert state(student) == "T"
        assert value(*student.ask(Call("count"))) == 1
        assert state(student) != "T"


@linux
@pytest.mark.parametrize("level", [level for level in Level if not level.in_container], indirect=True)
def test_an_answer_comes_in_slices(sitting: SandboxSitting, monkeypatch: pytest.MonkeyPatch) -> None:
    """What passes between them, half an hour each time, counts for no limit."""
    monotonic, later, seen = time.monotonic, [0], []
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + later[0])
    with sitting.open() as student:
        student.ask(Call("count"))

        def pause() -> None:
            with student.frozen():
                seen.append(state(student))
            later[0] += 1800

        with student.sliced(0.005, pause):
            assert value(*student.ask(Call("work", (0.1,)))) is None
        assert len(seen) >= 5
        assert {*seen} == {"T"}
        paused = len(seen)
        assert value(*student.ask(Call("count"))) == 2
        assert len(seen) == paused


def state(student: SandboxStudent) -> str:
    assert student._line is not None
    pid = student._line.sandbox.pid  # type: ignore[attr-defined]
    for _ in range(1000):  # a signal is delivered when its receiver next runs
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if found == "T":
            break
        os.sched_yield()
    return found


def test_a_thread_has_no_clock() -> None:
    with loopback({"hw.py": SOURCE}, "hw.py") as student:
        student.ask(Call("count"))
        with pytest.raises(OSError, match="no CPU time of its own"):
            student.cpu_ns()
        with pytest.raises(OSError, match="cannot be stopped"), student.frozen():
            pass
        with student.sliced(0.0, lambda: pytest.fail("it was paused")):
            assert value(*student.ask(Call("count"))) == 2


# --------------------------------------------------------------------------- special parts


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "assignment.py").write_text(DECLARATION)
    return make_plan(tmp_path, b"seed")


def test_a_special_part_is_judged_at_the_sitting(plan: Plan, launcher: ZygoteLauncher) -> None:
    (part,) = plan.parts
    for guess, right in ((part.secret % 2, True), (1 - part.secret % 2, False)):  # type: ignore[union-attr]
        record = grade(plan, submission(f"def guess():\n    return {guess}\n", "guess.py"), launcher)
        (finding,) = record.findings
        assert finding.verdict is (Verdict.PASS if right else Verdict.FAIL)
        assert record.score == 3 * right
    assert plan.max_score == Fraction(3)


def test_what_it_drew_is_in_the_fingerprint(plan: Plan, tmp_path: Path) -> None:
    again, other = make_plan(tmp_path, b"seed"), make_plan(tmp_path, b"another seed")
    assert again.fingerprint == plan.fingerprint
    assert other.fingerprint != plan.fingerprint
