"""Opening, ending and counting: nothing hangs, nothing is left."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from grader.alone import on_one_core
from grader.sandbox import launch
from grader.sandbox.docker import launcher as contained
from grader.sandbox.launch import SandboxError, SetupError, ZygoteLauncher, open_launcher
from grader.sandbox.levels import Level, level_named
from grader.sandbox.types import Limits
from grader.student import SandboxStudent
from suites.types import Call, Failure, Reply, Verdict

ZYGOTES = [level for level in Level if not level.in_container]
LIMITS = Limits(question_s=10, total_s=20, memory_bytes=128 << 20)
on_zygotes = pytest.mark.parametrize("level", ZYGOTES, indirect=True, ids=lambda level: level.name)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def zygote_pid(launcher: ZygoteLauncher) -> int:
    assert launcher._zygote is not None
    return launcher._zygote._process.pid


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != b"Z":
            found.append(int(stat.parent.name))
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def gone(pids: list[int]) -> bool:
    """Whether processes end; the kernel takes a moment to clear away what has been killed."""
    deadline = time.monotonic() + 5
    while any(runs(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def told_by_a_killed_grader(script: str) -> int:
    """A script runs as a grader would and is killed when it has told a number, which this gives."""
    grader = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    with grader:
        assert grader.stdout is not None
        told = int(grader.stdout.readline())
        grader.kill()
    return told


def descendants(parent: int) -> list[int]:
    found = children(parent)
    return found + [pid for child in found for pid in descendants(child)]


def forking(launcher: ZygoteLauncher) -> int:
    """The process that runs are forked from: at `namespace` the only child of the one we started."""
    zygote = zygote_pid(launcher)
    return children(zygote)[0] if launcher.level == Level.namespace.name else zygote


def no_runs(zygote: int) -> bool:
    """Whether a zygote comes to have no children."""
    deadline = time.monotonic() + 5
    while children(zygote):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def test_a_worker_that_is_done_says_so(launcher: ZygoteLauncher) -> None:
    with launcher.open(LIMITS) as sandbox:
        sandbox.data.close()
        end = sandbox.wait()
        assert (end.code, end.signal, end.killed, end.cause) == (0, None, False, "")
        assert end.cpu_s < 1
        assert end.max_rss_bytes > 1 << 20
        assert sandbox.wait() is end


def test_kill_ends_it_and_may_be_repeated(launcher: ZygoteLauncher) -> None:
    with launcher.open(LIMITS) as sandbox:
        sandbox.kill()
        sandbox.kill()
        end = sandbox.wait()
        assert (end.signal, end.killed, end.cause) == (signal.SIGKILL, True, "")
        sandbox.kill()


def test_the_launcher_has_a_clock_of_its_own(
    launcher: ZygoteLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (launch, contained):
        monkeypatch.setattr(module, "_BACKSTOP_S", 1.0 - LIMITS.total_s)  # it is confined by then
    with launcher.open(LIMITS) as sandbox:
        end = sandbox.wait()
    assert (end.killed, end.cause) == (True, "wall time")


@linux
def test_a_death_of_its_own_is_not_ours(launcher: ZygoteLauncher) -> None:
    with SandboxStudent(launcher, {"a.py": "import os\ndef f():\n  os._exit(7)"}, "a.py", LIMITS) as student:
        (answer,) = student.ask(Call("f"))
    assert isinstance(answer, Failure)
    assert answer.verdict is Verdict.CRASH
    assert "7" in answer.cause


@linux
@on_zygotes
def test_a_kill_by_the_kernel_is_never_taken_for_ours(launcher: ZygoteLauncher) -> None:
    for _ in range(20):
        with launcher.open(LIMITS) as sandbox:
            assert sandbox.pid is not None
            os.kill(sandbox.pid, signal.SIGKILL)
            assert sandbox.data.recv(1) == b""
            sandbox.hung_up()
            sandbox.kill()
            end = sandbox.wait()
            assert (end.signal, end.killed, end.cause) == (signal.SIGKILL, False, "out of memory")


@linux
def test_deaths_alike_are_called_alike(launcher: ZygoteLauncher, level: Level) -> None:
    """At `namespace` the worker is the first process of its own, which no signal from within ends."""
    times = 4 if level is Level.docker else 20
    limits = replace(LIMITS, deaths=times)
    source = {"a.py": "import os\ndef f():\n  os.kill(os.getpid(), 9)"}
    with SandboxStudent(launcher, source, "a.py", limits) as student:
        answers = student.ask(*[Call("f")] * times)
    called = {(answer.verdict, answer.cause) if isinstance(answer, Failure) else None for answer in answers}
    assert called == ({None} if level is Level.namespace else {(Verdict.MEMORY, "out of memory")})


def test_cpu_time_is_limited(launcher: ZygoteLauncher) -> None:
    limits = Limits(question_s=10, total_s=20, cpu_s=1)
    with SandboxStudent(launcher, {"a.py": "def f():\n  while True: pass"}, "a.py", limits) as student:
        (answer,) = student.ask(Call("f"))
    assert isinstance(answer, Failure)
    assert 0.5 < student.cpu_s < 2.5
    assert answer.verdict is Verdict.TIMEOUT


def test_a_failing_setup_is_never_the_students(launcher: ZygoteLauncher) -> None:
    with pytest.raises(SetupError, match="confining"), launcher.open(Limits(file_bytes=1 << 70)):
        pass
    with launcher.open(LIMITS):
        pass  # and the zygote goes on


def test_sandboxes_live_side_by_side(launcher: ZygoteLauncher) -> None:
    source = {"a.py": "N = 0\ndef f():\n  global N\n  N += 1\n  return N"}
    with SandboxStudent(launcher, source, "a.py") as one, SandboxStudent(launcher, source, "a.py") as two:
        answers = [student.ask(Call("f")) for student in (one, two, one)]
    values = [answer.values for (answer,) in answers if isinstance(answer, Reply)]
    assert values == [(1,), (1,), (2,)]


@linux
@on_zygotes
def test_a_dead_zygote_is_replaced(level: Level) -> None:
    with open_launcher(level) as launcher:
        first = zygote_pid(launcher)
        with launcher.open(LIMITS) as sandbox:
            assert sandbox.pid is not None
            os.kill(first, signal.SIGKILL)
            assert sandbox.wait().cause == "the launcher ended without a word"
            assert gone([sandbox.pid])
        with launcher.open(LIMITS):
            assert zygote_pid(launcher) != first


@linux
@on_zygotes
def test_zygotes_grow_old_and_let_their_sandboxes_finish(
    level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_RUNS_A_ZYGOTE", 1)
    with open_launcher(level) as launcher:
        first = zygote_pid(launcher)
        with launcher.open(LIMITS) as old, launcher.open(LIMITS):
            assert zygote_pid(launcher) != first
            assert Path(f"/proc/{first}").exists()
            old.data.close()
            assert old.wait().code == 0
        assert gone([first])


@linux
@on_zygotes
def test_zygotes_that_follow_start_where_the_first_did(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is timed stays on its core, and before others, however long a session lasts."""
    monkeypatch.setattr(launch, "_RUNS_A_ZYGOTE", 1)
    here, before = os.sched_getaffinity(0), os.sched_getscheduler(0)
    places, zygotes = [], set()
    with open_launcher(level, starting=on_one_core) as launcher:
        for _ in range(2):
            with launcher.open(LIMITS) as sandbox:
                zygotes.add(zygote_pid(launcher))
                assert sandbox.pid is not None
                places.append((os.sched_getaffinity(sandbox.pid), os.sched_getscheduler(sandbox.pid)))
            assert (os.sched_getaffinity(0), os.sched_getscheduler(0)) == (here, before)
    assert len(zygotes) == 2
    assert places[0] == places[1]
    assert places[0][0] == {max(here)}


@linux
@on_zygotes
def test_closing_a_launcher_ends_what_is_open(level: Level) -> None:
    with open_launcher(level) as launcher, launcher.open(LIMITS) as sandbox:
        launcher.close()
        assert sandbox.pid is not None
        assert gone([sandbox.pid])
        assert sandbox.wait().code is None


@linux
@pytest.mark.parametrize("level", [Level.process], indirect=True, ids=lambda level: level.name)
def test_closing_a_launcher_ends_zygotes_that_it_has_let_go(
    level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_RUNS_A_ZYGOTE", 1)
    with open_launcher(level) as launcher:
        first = zygote_pid(launcher)
        with launcher.open(LIMITS), launcher.open(LIMITS):
            second = zygote_pid(launcher)
            assert second != first
            launcher.close()
            assert not runs(first)
            assert not runs(second)
            with pytest.raises(SandboxError, match="the launcher is closed"), launcher.open(LIMITS):
                pass
        launcher.close()  # and again does no harm


@linux
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(7)", "os._exit(0)"])
def test_a_keeper_ends_as_its_zygote_did(end: str) -> None:
    script = f"""
import os
from grader.sandbox import namespaces
child = os.fork()
if child == 0:
    {end}
namespaces._keep(child)
"""
    kept = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )
    assert kept.returncode == {"os.kill(os.getpid(), 9)": 128 + 9, "os._exit(7)": 7, "os._exit(0)": 0}[end]


@linux
@on_zygotes
def test_nothing_outlives_a_killed_grader(level: Level) -> None:
    script = """
import sys, time
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Limits
with open_launcher(sys.argv[1]) as launcher, launcher.open(Limits()) as sandbox:
    print(launcher._zygote._process.pid, sandbox.pid, flush=True)
    time.sleep(600)
"""
    grader = subprocess.Popen(
        [sys.executable, "-c", script, level.name],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    with grader:
        assert grader.stdout is not None
        zygote, confined = map(int, grader.stdout.readline().split())
        pids = [zygote, *descendants(zygote)]
        grader.kill()
    assert confined in pids
    assert gone(pids)


@linux
@pytest.mark.alone("compares all that lies in /tmp and is mounted there, whoever made it")
@pytest.mark.parametrize("level", [Level.process, Level.namespace], indirect=True, ids=lambda it: it.name)
def test_200_runs_leave_nothing(launcher: ZygoteLauncher, level: Level) -> None:
    with watched(launcher):
        for number in range(200):
            with launcher.open(LIMITS) as sandbox:
                if number % 2:
                    sandbox.data.close()
                    sandbox.wait()


def settled(read: Callable[[], int]) -> int:
    """What a count comes to: a zygote closes a run's descriptors a moment after it has told its end."""
    last, same = read(), 0
    while same < 20:
        time.sleep(0.001)
        now = read()
        same, last = (same + 1 if now == last else 0), now
    return last


@contextmanager
def watched(launcher: ZygoteLauncher) -> Iterator[None]:
    """Descriptors, processes and mounts are the same afterwards."""
    zygote = forking(launcher)

    def seen() -> tuple[int, list[str]]:
        # Mounts where ours would be: an engine that runs beside us has its own.
        targets = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        ours = [target for target in targets if re.match("/(tmp|sys|mnt|scratch)", target)]
        return len(os.listdir("/proc/self/fd")), ours

    def held_by_zygote() -> int:
        folder = f"/proc/{zygote}/fd"
        return len(os.listdir(folder)) if os.access(folder, os.R_OK) else 0

    with launcher.open(LIMITS):
        pass
    before, held, tmp = seen(), settled(held_by_zygote), set(os.listdir("/tmp"))
    yield
    assert forking(launcher) == zygote
    assert no_runs(zygote)
    assert seen() == before
    assert settled(held_by_zygote) == held
    assert not [name for name in set(os.listdir("/tmp")) - tmp if "assay" in name]


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(OSError, match="'no-such-package', which is not installed"):
        open_launcher("process", ("no-such-package",))


def test_a_level_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="process, seccomp, landlock, docker_shared, namespace, docker"):
        level_named("jail")


def test_a_zygote_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxError, match="did not start"):
        open_launcher("process")
