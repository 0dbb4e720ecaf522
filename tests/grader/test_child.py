"""A child that dies before it has begun is told of, whatever it was to be given, and none hears Ctrl-C."""

import shutil
import signal
from collections.abc import Iterator
from multiprocessing import resource_tracker, spawn, util
from types import FrameType
from typing import Any

import pytest

from grader.child import Child, Line


@pytest.fixture
def stillborn() -> Iterator[None]:
    """Processes end before they have read anything; who waits for one fails."""
    usual = spawn.get_executable()
    resource_tracker.ensure_running()  # with the usual one
    spawn.set_executable(shutil.which("false"))
    before = signal.signal(signal.SIGALRM, waits_for_ever)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    spawn.set_executable(usual)


def waits_for_ever(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def echo(line: Line, said: Any) -> None:
    line.send(said)


def test_what_is_larger_than_a_pipe_arrives() -> None:
    child = Child(echo, "x" * 3_000_000)
    try:
        assert child.receive() == "x" * 3_000_000
        child.join()
    finally:
        child.close()


@pytest.mark.usefixtures("stillborn")
def test_who_dies_before_it_has_read_what_it_is_to_do_is_told_of() -> None:
    child = Child(echo, "x" * 3_000_000)
    try:
        with pytest.raises(EOFError):
            child.receive()
    finally:
        child.close()


def test_it_starts_deaf_to_ctrl_c_where_the_tracker_has_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    blocked: list[bool] = []
    spawned = util.spawnv_passfds

    def start_tracker() -> None:  # as Python does until 3.13
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])

    def start(*arguments: Any) -> Any:
        blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
        return spawned(*arguments)

    monkeypatch.setattr(resource_tracker, "ensure_running", start_tracker)
    monkeypatch.setattr(util, "spawnv_passfds", start)
    child = Child(echo, "here")
    try:
        assert child.receive() == "here"
    finally:
        child.close()
    assert blocked == [True]
