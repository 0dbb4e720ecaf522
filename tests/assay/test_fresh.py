"""Work in a fresh process: one thread there and nothing changed here; what it says and raises arrives."""

import atexit
import os
from functools import partial
from pathlib import Path

import pytest

from assay.fresh import in_fresh_process
from assay.grading import _time
from assay.progress import Progress
from grader.batch import Tally
from grader.sandbox.types import Housing
from grader.threads import ONE_THREAD
from suites import AuthoringError


class Heard:
    def __init__(self) -> None:
        self.words: list[object] = []

    def say(self, text: str) -> None:
        self.words.append(text)

    def graded(self, tally: Tally) -> None:
        self.words.append(tally)

    def wrote(self, total: int) -> None:
        self.words.append(total)


def threads(progress: Progress) -> None:
    for name in ONE_THREAD:
        progress.say(os.environ[name])
    progress.graded(Tally(1, 2, 0, {"timed": 1}))


def refuses(progress: Progress) -> None:
    raise AuthoringError("there is no such file")


class StubbornError(Exception):
    def __reduce__(self) -> str:
        raise TypeError


class ChangedError(Exception):
    def __init__(self, verdict: str, cause: str) -> None:
        super().__init__(cause)  # what pickle makes it of again


def refuses_to_cross(progress: Progress) -> None:
    raise StubbornError("no")


def does_not_arrive(progress: Progress) -> None:
    raise ChangedError("error", "no")


def ends_slowly(path: Path, progress: Progress) -> None:
    atexit.register(lambda: path.write_bytes(bytes(50_000_000)))


def dies(progress: Progress) -> None:
    os._exit(3)


def test_libraries_have_one_thread_there_and_as_many_as_before_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    heard = Heard()
    in_fresh_process(threads, heard)
    assert heard.words == ["1"] * len(ONE_THREAD) + [Tally(1, 2, 0, {"timed": 1})]
    assert not ONE_THREAD.keys() & os.environ.keys()


def test_what_it_raises_is_raised_here() -> None:
    with pytest.raises(AuthoringError, match="there is no such file"):
        in_fresh_process(refuses, Heard())
    with pytest.raises(OSError, match="StubbornError: no"):
        in_fresh_process(refuses_to_cross, Heard())
    with pytest.raises(OSError, match="ChangedError: no"):
        in_fresh_process(does_not_arrive, Heard())
    with pytest.raises(OSError, match="died"):
        in_fresh_process(dies, Heard())


def test_it_ends_in_good_order(tmp_path: Path) -> None:
    in_fresh_process(partial(ends_slowly, tmp_path / "last"), Heard())
    assert (tmp_path / "last").stat().st_size == 50_000_000


def test_grading_times_in_such_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of it can cross, and is a class to be timed."""
    import pickle

    import assay
    from grader.intake.submission import Submission

    asked: list[partial[None]] = []
    monkeypatch.setattr("assay.grading.in_fresh_process", lambda work, progress: asked.append(work))
    solution = Path(__file__).parents[2] / "assignments" / "mlp" / "solutions" / "course_style.py"
    assay.grade("mlp", solution, tmp_path / "run", sandbox="process", trust=True, jobs=1, bench=True)
    (work,) = (pickle.loads(pickle.dumps(each)) for each in asked)
    assert work.func is _time
    folder, (found,), plan, run, level, housing = work.args
    assert isinstance(found.read(plan.submit), Submission)
    assert (folder.name, run, level, housing) == ("mlp", tmp_path / "run", "process", Housing())
