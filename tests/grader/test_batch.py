"""A batch: everyone graded once, whatever dies, is interrupted or is handed in twice.

The grading is a stand-in that does what the submission's one line says; the processes are real.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from grader.batch import Tally, run_batch, workers_for
from grader.crew import WorkersFailed
from grader.intake import Submission, discover
from grader.record import Record, RunInfo, Status
from grader.sandbox.levels import Level
from grader.sandbox.types import Limits
from grader.store import Store, read_info

ROOT = Path(__file__).parents[2]
LIMITS = Limits(question_s=3.0, memory_bytes=1 << 28)


@dataclass(frozen=True)
class FakePlan:
    log: Path
    fingerprint: str = "f1"
    assignment: str = "layer"
    title: str = "A layer"
    submit: str = "layer.py"
    max_score: Fraction = Fraction(10)
    outlines: tuple[()] = ()
    packages: tuple[str, ...] = ("numpy",)
    assignment_hash: str = "a"
    commitment: str = "s"
    tells: str = "name"
    limits: Limits = LIMITS


@contextmanager
def obedient(plan: FakePlan, level: str) -> Iterator[Callable[[Submission], Record]]:
    note(plan, "open")
    yield lambda submission: obey(plan, submission, level)
    note(plan, "close")


def note(plan: FakePlan, text: str) -> None:
    with open(plan.log, "a") as file:
        file.write(text + "\n")


def obey(plan: FakePlan, submission: Submission, level: str) -> Record:
    verb, *paths = submission.files[submission.main].split()
    note(plan, submission.student)
    first = all(not Path(path).exists() for path in paths)
    if verb == "wait":  # until somebody opens the other end of the pipe
        Path(paths[0]).read_bytes()
    if verb == "kill" or (verb == "kill-once" and first):
        for path in paths:
            Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "raise" or (verb == "raise-once" and first):
        for path in paths:
            Path(path).touch()
        raise OSError("no sandbox")
    if verb == "threads":
        assert os.environ["OMP_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == "1"
    return Record(
        submission.student, submission.name, submission.slug, submission.content, Status.GRADED, "",
        Fraction(7), plan.max_score, notes=submission.notes, sandbox=level,
    )  # fmt: skip


def die(plan: FakePlan, level: str) -> None:
    raise AssertionError


class Unloadable:
    def __reduce__(self) -> tuple[object, ...]:
        return (int, ("no number",))


class Class:
    """A folder of submissions and its run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.submissions = folder / "class"
        self.run = folder / "run"
        self.log = folder / "log"
        self.submissions.mkdir()
        self.run.mkdir()
        self.log.touch()

    def hand_in(self, **said: str) -> None:
        for student, line in said.items():
            (self.submissions / f"{student}.py").write_text(line)

    def grade(self, **options: object) -> RunInfo:
        plan = FakePlan(self.log, str(options.pop("fingerprint", "f1")))
        found = discover(self.submissions, plan.submit)
        arguments = {"level": "process", "jobs": 2, "grading": obedient, **options}
        return run_batch(found, plan, self.run, **arguments)  # type: ignore[arg-type]

    def logged(self) -> list[str]:
        """Who was graded, once a grading."""
        lines = self.log.read_text().split()
        self.log.write_text("")
        return sorted(line for line in lines if line not in ("open", "close"))

    def results(self) -> dict[str, str]:
        with Store(self.run / "results.sqlite", create=False) as store:
            return {record.student: str(record.status) for record in store.latest()}


@pytest.fixture
def course(tmp_path: Path) -> Class:
    return Class(tmp_path)


# --------------------------------------------------------------------------- all is well


def test_everyone_is_graded_and_run_json_says_so(course: Class) -> None:
    course.hand_in(**{f"s{n:02}": f"grade #{n}" for n in range(20)})
    tallies: list[Tally] = []
    info = course.grade(progress=tallies.append)
    assert course.logged() == sorted(course.results()) == [f"s{n:02}" for n in range(20)]
    assert info.counts == {**dict.fromkeys(map(str, Status), 0), "graded": 20}
    assert info.ended >= info.started > ""
    assert info.fingerprint == "f1"
    assert (info.question_s, info.memory_bytes) == (3.0, 1 << 28)
    assert read_info(course.run) == info
    assert [tally.done for tally in tallies] == list(range(21))
    assert tallies[-1].total == tallies[-1].counts["graded"] == 20


def test_launchers_are_closed_and_threads_are_few(course: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    course.hand_in(alice="threads")
    course.grade(jobs=1)
    assert course.results() == {"alice": "graded"}
    assert course.log.read_text().split() == ["open", "alice", "close"]
    assert "OMP_NUM_THREADS" not in os.environ


def test_who_waits_for_a_container_has_another_beside_it_in_a_large_class() -> None:
    assert workers_for(Level.docker_shared, 2, 201) == 4
    assert workers_for(Level.docker_shared, 2, 200) == 2
    assert {workers_for(level, 3, 10_000) for level in Level if level is not Level.docker_shared} == {3}


def test_nobody_is_fine(course: Class) -> None:
    assert course.grade().counts["graded"] == 0


def test_unreadable_ones_are_recorded_with_the_reason(course: Class) -> None:
    course.hand_in(alice="grade")
    (course.submissions / "bob.zip").write_bytes(b"PK")
    assert course.grade().counts["unreadable"] == 1
    with Store(course.run / "results.sqlite") as store:
        (bob,) = [record for record in store.latest() if record.student == "bob"]
    assert bob.reason.startswith("bob.zip is damaged: ")
    assert (bob.score, bob.max_score, bob.slug) == (0, 10, "bob")
    course.grade()
    with Store(course.run / "results.sqlite") as store:
        assert store.last_attempt() == 2


def test_the_same_content_is_graded_once(course: Class) -> None:
    course.hand_in(**{f"s{n}": "grade same" for n in range(9)}, other="grade other")
    course.grade()
    assert len(course.logged()) == 2
    assert len(course.results()) == 10
    course.hand_in(late="grade same")
    course.grade()
    assert course.logged() == []
    with Store(course.run / "results.sqlite") as store:
        records = {record.student: record for record in store.latest()}
    assert {(r.slug, r.submission, r.score) for r in records.values() if r.student in ("late", "s3")} == {
        ("late", "late.py", Fraction(7)),
        ("s3", "s3.py", Fraction(7)),
    }


def test_slugs_stay_for_good_and_stay_apart(course: Class) -> None:
    course.hand_in(a_b="grade 1")
    course.grade()
    course.hand_in(**{"a-b": "grade 2"})
    course.grade()
    with Store(course.run / "results.sqlite") as store:
        slugs = store.slugs()
    assert slugs["a_b"] == "a-b"
    assert slugs["a-b"].startswith("a-b-")


def test_only_some(course: Class) -> None:
    course.hand_in(alice="grade 1", bob="grade 2", carol="grade 3")
    course.grade(only="[ab]*")
    assert course.logged() == ["alice", "bob"]
    course.grade(only="carol.py")
    assert course.logged() == ["carol"]
    course.hand_in(**{"zo\u00eb": "grade 4"})
    course.grade(only="zoe\u0308")  # as a Mac's shell completes it
    assert course.logged() == ["zo\u00eb"]


# --------------------------------------------------------------------------- again


def test_what_is_done_is_not_done_again(course: Class) -> None:
    course.hand_in(alice="grade 1", bob="grade 2")
    started = course.grade().started
    course.logged()
    course.hand_in(bob="grade 3", carol="grade 4")
    tallies: list[Tally] = []
    assert course.grade(progress=tallies.append).started == started
    assert course.logged() == ["bob", "carol"]
    assert (tallies[-1].done, tallies[-1].resumed) == (3, 1)
    course.grade(fingerprint="f2")
    assert course.logged() == ["alice", "bob", "carol"]
    course.grade(fingerprint="f2", force=True)
    assert course.logged() == ["alice", "bob", "carol"]


def test_with_force_twins_are_graded_once_more_together(course: Class) -> None:
    course.hand_in(**{f"s{n}": "grade same" for n in range(4)})
    course.grade()
    course.logged()
    course.grade(force=True, jobs=1)
    assert len(course.logged()) == 1
    with Store(course.run / "results.sqlite") as store:
        assert store.last_attempt() == 8


# --------------------------------------------------------------------------- trouble


def test_our_own_failure_is_tried_again_and_then_reported(course: Class, tmp_path: Path) -> None:
    course.hand_in(alice="grade", bob="raise", carol=f"raise-once {tmp_path / 'flag'}")
    info = course.grade()
    assert course.results() == {"alice": "graded", "bob": "infrastructure-error", "carol": "graded"}
    assert course.logged() == ["alice", "bob", "bob", "carol", "carol"]
    assert info.counts["infrastructure-error"] == 1
    with Store(course.run / "results.sqlite") as store:
        reasons = [record.reason for record in store.latest()]
    assert reasons[1].startswith("OSError: no sandbox (test_batch.py:")
    course.grade()
    assert course.logged() == ["bob", "bob"]


def test_who_was_in_flight_when_a_worker_died_is_tried_again(course: Class, tmp_path: Path) -> None:
    course.hand_in(alice=f"kill-once {tmp_path / 'flag'}", bob="grade")
    course.grade(jobs=1)
    assert course.results() == {"alice": "graded", "bob": "graded"}


def test_a_worker_that_dies_costs_nobody_else_anything(course: Class) -> None:
    course.hand_in(**{f"s{n:02}": f"grade #{n}" for n in range(12)})
    course.hand_in(s03="kill", s07="kill ", t1="kill", t2="kill")
    course.grade(jobs=3)
    results = course.results()
    assert len(results) == 14
    dead = {student for student, status in results.items() if status != "graded"}
    assert dead == {"s03", "s07", "t1", "t2"}
    with Store(course.run / "results.sqlite") as store:
        reasons = {record.reason for record in store.latest() if record.student in dead}
    assert reasons == {"the process that graded it died, again when it graded nothing else"}


def test_workers_that_cannot_start_are_said_to(course: Class, capfd: pytest.CaptureFixture[str]) -> None:
    course.hand_in(alice="grade")
    with pytest.raises(WorkersFailed, match="no worker process can be started"):
        course.grade(grading=Unloadable())
    assert "no number" in capfd.readouterr().err
    course.grade()
    assert course.results() == {"alice": "graded"}


def test_a_grading_that_cannot_begin_is_our_failure(course: Class) -> None:
    course.hand_in(alice="grade")
    course.grade(grading=die)
    assert course.results() == {"alice": "infrastructure-error"}


# --------------------------------------------------------------------------- cut off

_COORDINATOR = """
import signal
import sys
from pathlib import Path
from tests.grader.test_batch import Class

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests were started by ignores
    course = Class.__new__(Class)
    folder = Path(sys.argv[1])
    course.folder, course.submissions = folder, folder / "class"
    course.run, course.log = folder / "run", folder / "log"
    try:
        course.grade(progress=lambda tally: print(tally.done, flush=True))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@contextmanager
def coordinator(course: Class, *, until: int) -> Iterator[subprocess.Popen[str]]:
    """A coordinator in a process group of its own, at the moment when it has graded `until`."""
    script = course.folder / "coordinate.py"
    script.write_text(_COORDINATOR)
    process = subprocess.Popen(
        [sys.executable, script, course.folder],
        cwd=course.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    while process.stdout.readline().strip() != str(until):
        assert process.poll() is None, process.stderr.read()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def hand_in_a_class_that_stops(course: Class) -> None:
    """Ten that are graded and two that wait on a pipe, one for each worker, with some left after them."""
    pipe = course.folder / "pipe"
    os.mkfifo(pipe)
    course.hand_in(**{f"a{n}": f"grade {n}" for n in range(10)})
    course.hand_in(b1=f"wait {pipe}", b2=f"wait  {pipe}", **{f"c{n}": f"grade c{n}" for n in range(9)})


def test_a_killed_run_resumes_and_grades_nothing_twice(course: Class) -> None:
    hand_in_a_class_that_stops(course)
    with coordinator(course, until=10) as process:
        process.kill()
        # The pipe closes when the last process that holds it has ended: the workers end with the coordinator.
        assert process.stderr is not None
        process.stderr.read()
    before = course.results()
    assert len(before) >= 10
    course.logged()
    course.hand_in(b1="grade b1", b2="grade b2")
    course.grade()
    assert course.logged() == sorted(set(course.results()) - set(before))
    assert set(course.results().values()) == {"graded"}
    with Store(course.run / "results.sqlite") as store:
        assert store.last_attempt() == len(course.results()) == 21


@pytest.mark.parametrize("to_all", [True, False], ids=["terminal", "kill"])
def test_ctrl_c_closes_and_the_run_resumes(course: Class, to_all: bool) -> None:
    hand_in_a_class_that_stops(course)
    with coordinator(course, until=10) as process:
        os.kill(-process.pid if to_all else process.pid, signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait() == 130
    info = read_info(course.run)
    assert info is not None
    assert (info.ended, info.counts["graded"]) == ("", len(course.results()))
    assert not (course.run / "results.sqlite-wal").exists()
    before = course.results()
    course.logged()
    course.hand_in(b1="grade b1", b2="grade b2")
    assert course.grade().ended
    assert course.logged() == sorted(set(course.results()) - set(before))


def test_results_never_lie_in_a_run_that_does_not_say_what_it_is(course: Class) -> None:
    def opened(path: Path) -> Store:
        assert read_info(course.run) is not None
        return Store(path)

    course.hand_in(alice="grade")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.batch.Store", opened)
        course.grade()


def test_a_thread_may_run_a_batch(course: Class) -> None:
    course.hand_in(alice="grade")
    thread = threading.Thread(target=course.grade)
    thread.start()
    thread.join()
    assert course.results() == {"alice": "graded"}


def test_a_script_without_a_main_guard_grades_once(tmp_path: Path) -> None:
    """Workers are spawned; they must not run the caller's script again."""
    script = tmp_path / "script.py"
    script.write_text(
        "import assay, assignments\n"
        "print('once', flush=True)\n"
        "solution = assignments.find('batchnorm') / 'solutions' / 'closed_form.py'\n"
        f"run = {str(tmp_path / 'run')!r}\n"
        "info = assay.grade('batchnorm', solution, run, sandbox='process', trust=True)\n"
        "print(info.counts['graded'])\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("once\n1\n", 0), done.stderr
