"""At the level that lets a submission fork, what it leaves behind ends with it, and holds up nobody."""

import ctypes
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.launch import ZygoteLauncher, open_launcher
from grader.sandbox.types import Limits
from grader.student import SandboxStudent
from suites.types import Call, Reply

from .test_lifecycle import gone, told_by_a_killed_grader

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a subreaper")

LIMITS = Limits(question_s=10, total_s=20, memory_bytes=128 << 20)
DAEMON = """
import os, time

def daemon():
    readable, writable = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writable, b"%d" % os.getpid())
            time.sleep(600)
        os._exit(0)
    return int(os.read(readable, 20))
"""


@pytest.fixture
def launcher() -> Iterator[ZygoteLauncher]:
    with open_launcher("process") as opened:
        assert isinstance(opened, ZygoteLauncher)
        yield opened


def daemon_of(student: SandboxStudent) -> int:
    (answer,) = student.ask(Call("daemon"))
    assert isinstance(answer, Reply)
    pid = answer.values[0]
    assert isinstance(pid, int)
    return pid


def test_a_daemon_ends_with_its_run(launcher: ZygoteLauncher) -> None:
    with SandboxStudent(launcher, {"a.py": DAEMON}, "a.py", LIMITS) as student:
        daemon = daemon_of(student)
        assert not gone_already(daemon)
    assert gone_already(daemon)  # by the time that the end is told


def gone_already(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_daemon_ends_with_the_launcher(launcher: ZygoteLauncher) -> None:
    with SandboxStudent(launcher, {"a.py": DAEMON}, "a.py", LIMITS) as student:
        daemon = daemon_of(student)
        launcher.close()
        assert gone_already(daemon)


def test_a_daemon_ends_with_a_killed_grader() -> None:
    script = f"""
import time
from grader.sandbox.launch import open_launcher
from grader.student import SandboxStudent
from suites.types import Call
with open_launcher("process") as launcher:
    with SandboxStudent(launcher, {{"a.py": {DAEMON!r}}}, "a.py") as student:
        print(student.ask(Call("daemon"))[0].values[0], flush=True)
        time.sleep(600)
"""
    assert gone([told_by_a_killed_grader(script)])


def test_what_does_not_go_holds_up_no_other_run(launcher: ZygoteLauncher) -> None:
    """A killed process that somebody traces stays until its tracer lets it go."""
    with SandboxStudent(launcher, {"a.py": DAEMON}, "a.py", LIMITS) as student:
        daemon = daemon_of(student)
        seize(daemon)
        assert student._line is not None
        sandbox = student._line.sandbox
        sandbox.kill()
        os.waitid(os.P_PID, daemon, os.WEXITED | os.WNOWAIT)
        with launcher.open(LIMITS):
            status = sandbox._status  # type: ignore[attr-defined]
            assert not select.select([status], [], [], 0)[0]  # its end is not told yet
            os.waitpid(daemon, 0)
        assert sandbox.wait().killed


def seize(pid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(ctypes.c_long(0x4206), ctypes.c_long(pid), None, None):
        pytest.skip(f"nothing may be traced here: {os.strerror(ctypes.get_errno())}")
