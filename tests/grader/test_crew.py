"""A crew does every task once, whichever of its processes dies, and says which task it died of.

The tasks are lines that say what to do; the processes are real.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from grader.child import Child
from grader.crew import Crew, WorkersFailed

Said = tuple[str, int]


@contextmanager
def obedient(log: Path | None = None) -> Iterator[Callable[[str], Said]]:
    yield lambda task: (obey(task), os.getpid())
    if log is not None:
        with open(log, "a") as file:
            file.write("ended\n")


def obey(task: str) -> str:
    verb, *paths = task.split()
    if verb == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "die-once" and not Path(paths[0]).exists():
        Path(paths[0]).touch()
        for path in paths[1:]:
            Path(path).read_bytes()
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "wait":
        Path(paths[0]).read_bytes()
    if verb == "raise":
        raise LookupError("what was asked for")
    return task


@contextmanager
def dying() -> Iterator[Callable[[str], Said]]:
    os._exit(3)
    yield lambda task: (task, 0)


def lost(task: str) -> Said:
    return f"lost {task}", 0


def crew(jobs: int, log: Path | None = None) -> Crew[str, Said]:
    return Crew(partial(obedient, log), lost, jobs)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_task_is_done_once_and_all_end_in_good_order(tmp_path: Path) -> None:
    tasks = [f"do {n}" for n in range(20)]
    with crew(2, tmp_path / "log") as both:
        done = dict(both.do(tasks))
    assert {task: said for task, (said, _) in done.items()} == {task: task for task in tasks}
    pids = {pid for _, pid in done.values()}
    assert len(pids) == 2
    assert not any(map(alive, pids))
    assert (tmp_path / "log").read_text().split() == ["ended", "ended"]


def test_no_more_is_started_than_is_needed(tmp_path: Path) -> None:
    with crew(7, tmp_path / "log") as many:
        assert list(many.do([])) == []
        assert [said for _, (said, _) in many.do(["do"])] == ["do"]
    assert (tmp_path / "log").read_text().split() == ["ended"]


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken = 0

    def tasks() -> Iterator[str]:
        nonlocal taken
        for n in range(30):
            taken += 1
            yield f"do {n}"

    with crew(2) as both:
        for done, _ in enumerate(both.do(tasks()), 1):
            assert taken <= done + 5  # two at work, two whose results have come, one read ahead


def test_what_is_larger_than_a_pipe_passes() -> None:
    tasks = [f"do {n} {'x' * 3_000_000}" for n in range(4)]
    with crew(2) as both:
        assert sorted(said for _, (said, _) in both.do(tasks)) == tasks


def test_a_death_costs_the_other_process_and_the_other_tasks_nothing(tmp_path: Path) -> None:
    tasks = ["die", f"die-once {tmp_path / 'flag'}", *(f"do {n}" for n in range(10)), "die again"]
    with crew(2) as both:
        done = list(both.do(tasks))
    again = {task: said for task, (said, _) in done[-3:]}  # when all is done, in the order of the deaths
    assert again == {"die": "lost die", tasks[1]: tasks[1], "die again": "lost die again"}
    assert sorted(said for _, (said, _) in done[:-3]) == sorted(tasks[2:-1])


def test_who_dies_with_nothing_to_do_is_replaced() -> None:
    with crew(1) as one:
        ((_, (_, pid)),) = one.do(["do"])
        os.kill(pid, signal.SIGKILL)
        (done,) = one.do(["do again"])
    assert done[1][0] == "do again"
    assert done[1][1] != pid


def test_who_dies_with_nothing_to_do_costs_no_task_its_second_try(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    tasks = ["do", f"die-once {tmp_path / 'flag'} {pipe}"]
    with crew(2) as both:
        for task, (said, pid) in both.do(tasks):
            assert said == task
            if task == "do":
                os.kill(pid, signal.SIGKILL)
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
                pipe.write_text("")  # now the other one dies of its task


def test_what_a_task_raises_is_raised_with_its_place() -> None:
    with pytest.raises(LookupError, match="what was asked for") as raised, crew(1) as one:
        list(one.do(["raise"]))
    assert "test_crew.py" in raised.value.__notes__[0]


def test_where_none_can_start_it_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkersFailed, match="what it wrote stands above"), Crew(dying, lost, 2) as both:
        list(both.do(["do"]))

    def no_process(*arguments: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.crew.Child", no_process)
        with pytest.raises(WorkersFailed, match="Resource temporarily unavailable"), crew(1) as one:
            list(one.do(["do"]))


def test_interrupted_it_ends_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pids = []

    def until_interrupted() -> None:
        tasks = [*(f"do {n}" for n in range(6)), f"wait {pipe}", f"wait {pipe} too"]
        with crew(2) as both:
            for _, (_, pid) in both.do(tasks):
                pids.append(pid)
                if len(pids) == 6:
                    both.interrupt()

    with pytest.raises(KeyboardInterrupt):
        until_interrupted()
    assert not any(map(alive, pids))


def test_who_is_about_to_answer_when_it_ends_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def until_interrupted() -> None:
        with crew(1) as one:
            for _ in one.do(["do", f"do {'x' * 10_000_000}"]):
                one.interrupt()

    with pytest.raises(KeyboardInterrupt):
        until_interrupted()
    assert capfd.readouterr().err == ""


def test_left_in_the_middle_it_waits_for_no_answer() -> None:
    with crew(1) as one:
        _, (_, pid) = next(one.do(["do", f"do {'x' * 3_000_000}"]))
    assert not alive(pid)


def test_who_is_interrupted_while_one_ends_has_told_all_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python waits for them when it ends itself, and none would end that has not been told to."""
    ended: list[Child] = []
    close = Child.close

    def interrupted(child: Child) -> None:
        ended.append(child)
        if len(ended) == 1:
            raise KeyboardInterrupt
        close(child)

    monkeypatch.setattr(Child, "close", interrupted)
    with pytest.raises(KeyboardInterrupt), crew(2) as both:
        list(both.do(["do", "raise"]))
    for process in active_children():
        process.join(20)
        assert not process.is_alive()
