"""Trouble of the engine's is not the student's: it is named, tried again or resumed, and nothing is lost.

The engine that is killed here is one of its own, in its own folders, so that no other container notices.
"""

import contextlib
import gc
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import assignments
from grader.batch import run_batch
from grader.intake import discover
from grader.plan import make_plan
from grader.record import Status
from grader.sandbox.docker import image
from grader.sandbox.docker.container import Container
from grader.sandbox.docker.engine import EngineError
from grader.sandbox.docker.hardening import Shape
from grader.sandbox.docker.image import Recipe
from grader.sandbox.docker.launcher import _Stock
from grader.sandbox.launch import SandboxError, open_launcher
from grader.sandbox.types import Limits
from grader.store import Store
from grader.student import SandboxStudent
from suites.types import Call, Failure, Reply, Verdict

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
NUMPY = Recipe.of(("numpy",))
SOURCE = {"a.py": "def f():\n  return 1\ndef hang():\n  while True: pass"}


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """The library leaves a socket to the collector when nobody answers it: here, not in a later test."""
    yield
    gc.collect()


def container_of(student: SandboxStudent) -> str:
    assert student._line is not None
    return student._line.sandbox._container.id  # type: ignore[attr-defined,no-any-return]


def asked(student: SandboxStudent, do: str = "f") -> Reply | Failure:
    (answer,) = student.ask(Call(do))
    return answer


@pytest.mark.parametrize("level", ["docker", "docker_shared"])
def test_a_container_killed_from_outside_is_not_the_students(client: Any, tag: str, level: str) -> None:
    with open_launcher(level) as launcher:
        with SandboxStudent(launcher, SOURCE, "a.py") as student:
            assert isinstance(asked(student), Reply)
            client.kill(container_of(student))
            lost = asked(student)
        assert isinstance(lost, Failure)
        assert lost.verdict is Verdict.INFRASTRUCTURE
        assert "killed from outside" in lost.cause
        with SandboxStudent(launcher, SOURCE, "a.py") as student:
            assert isinstance(asked(student), Reply)


def test_a_spare_that_died_is_replaced(client: Any, tag: str) -> None:
    with open_launcher("docker_shared") as launcher:
        with SandboxStudent(launcher, SOURCE, "a.py") as student:
            asked(student)
            first = container_of(student)
        client.kill(first)
        with SandboxStudent(launcher, SOURCE, "a.py") as student:
            assert isinstance(asked(student), Reply)
            assert container_of(student) != first


def test_memory_that_no_limit_of_the_process_counts_is_the_containers(client: Any, tag: str) -> None:
    """Files in /tmp are memory: the kernel ends what takes more than the container has."""
    source = {
        "a.py": """
import os
def fill():
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20)) * 16)
"""
    }
    with (
        open_launcher("docker") as launcher,
        SandboxStudent(launcher, source, "a.py", Limits(memory_bytes=64 << 20)) as student,
    ):
        answer = asked(student, "fill")
    assert isinstance(answer, Failure)
    assert answer.verdict is Verdict.MEMORY


def test_a_container_that_has_ended_cannot_be_stopped(client: Any, tag: str) -> None:
    with open_launcher("docker") as launcher, SandboxStudent(launcher, SOURCE, "a.py") as student:
        asked(student)
        client.kill(container_of(student))
        with pytest.raises(ProcessLookupError), student.frozen():
            pass


class Deaf:
    """A client whose engine refuses to resume what it has paused."""

    def __init__(self, status: int, said: str) -> None:
        import docker
        import requests

        response = requests.Response()
        response.status_code = status
        kind = docker.errors.NotFound if status == 404 else docker.errors.APIError
        self.error = kind("no", response, said)

    def pause(self, container: str) -> None: ...

    def unpause(self, container: str) -> None:
        raise self.error


@pytest.mark.skipif(not find_spec("docker"), reason="the package docker is not installed")
@pytest.mark.parametrize("said", [(404, "No such container: a"), (409, "Container a is not running")])
def test_a_container_that_ends_while_it_is_stopped_is_let_go(said: tuple[int, str]) -> None:
    with held(Deaf(*said)).frozen():
        pass
    with pytest.raises(EngineError, match="resuming"), held(Deaf(409, "Container a is busy")).frozen():
        pass


def held(client: Deaf) -> Container:
    one = Container.__new__(Container)
    one._client, one.id = client, "a"  # type: ignore[assignment]
    return one


def test_a_container_that_is_made_while_the_launcher_closes_is_removed() -> None:
    made = Made()
    closers: list[threading.Thread] = []

    def make(shape: Shape) -> Container:
        closers.append(threading.Thread(target=stock.close))
        closers[0].start()
        while not stock._closed:
            os.sched_yield()
        return made  # type: ignore[return-value]

    stock = _Stock(make)
    with pytest.raises(EngineError, match="the launcher is closed"):
        stock.take(Shape.of(Limits(), "numpy"), ahead=False)
    closers[0].join()
    assert made.removed


class Made:
    removed = False

    def remove(self) -> None:
        self.removed = True


def test_an_image_that_is_removed_meanwhile_is_built_again(
    client: Any, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of this test's own content, and so of its own tag: who tests beside us needs the other."""
    files = {**image._files(), "grader/mark": str(os.getpid()).encode()}
    monkeypatch.setattr(image, "_files", lambda: files)
    ours = image.build(client, NUMPY)
    try:
        with open_launcher("docker") as launcher:
            client.remove_image(ours, force=True, noprune=True)
            with SandboxStudent(launcher, SOURCE, "a.py") as student:
                assert isinstance(asked(student), Reply)
        assert image.find(client, NUMPY) == ours != tag
    finally:
        client.remove_image(ours, force=True)


# --------------------------------------------------------------------------- an engine that dies


class Engine:
    """A Docker engine of this test alone."""

    def __init__(self, folder: Path, dockerd: str) -> None:
        self.folder = folder
        self.dockerd = dockerd
        self.socket = folder / "docker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        for left in ("docker.sock", "pidfile", "exec-root/containerd/containerd.pid"):
            (self.folder / left).unlink(missing_ok=True)
        for left in (self.folder / "exec-root/containerd").glob("*.sock*"):
            left.unlink()
        arguments = [f"--{name}={self.folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        arguments += [
            f"--host=unix://{self.socket}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.dockerd, *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while self.docker("info", check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"no second engine can be started: {(self.folder / 'log').read_text()[-300:]}")
            time.sleep(0.2)

    def kill(self) -> None:
        """End it, what it has started and what looks after its containers, as a power cut would."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.folder).encode() in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def docker(
        self, *arguments: str, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["docker", "--host", f"unix://{self.socket}", *arguments],
            check=check,
            capture_output=True,
            **options,
        )


@pytest.fixture(scope="module")
def engine(client: Any, tag: str) -> Iterator[Engine]:
    """An engine with the sandbox's image, started once; who kills it leaves it dead."""
    dockerd = shutil.which("dockerd", path=f"/usr/sbin:{os.environ['PATH']}")
    if os.getuid() != 0 or dockerd is None:
        pytest.skip("a second engine needs root and dockerd on this machine")
    folder = Path("/tmp", f"assay-engine-{os.getpid()}")  # short: the path of a socket has 108 bytes
    folder.mkdir()
    started = Engine(folder, dockerd)
    base = image._base(client, NUMPY)
    with pytest.MonkeyPatch.context() as patch:
        try:
            started.start()
            saved = subprocess.run(["docker", "save", base, tag], check=True, capture_output=True)
            started.docker("load", input=saved.stdout)
            patch.setenv("DOCKER_HOST", f"unix://{started.socket}")
            patch.setenv("ASSAY_BASE_IMAGE", base)
            yield started
        finally:
            started.kill()
            for mount in reversed(Path("/proc/self/mounts").read_text().splitlines()):
                if mount.split()[1].startswith(f"{folder}/"):
                    subprocess.run(["umount", "--lazy", mount.split()[1]], check=False, capture_output=True)
            shutil.rmtree(folder, ignore_errors=True)


def test_an_engine_killed_in_the_middle_of_a_batch(engine: Engine, tmp_path: Path) -> None:
    """What it took with it is listed as ours to answer for, and the same command grades it again."""
    sources = sorted((assignments.find("batchnorm") / "solutions").glob("*.py"))
    handed_in, run = tmp_path / "class", tmp_path / "run"
    handed_in.mkdir()
    run.mkdir()
    for number in range(6):
        text = sources[number % len(sources)].read_text()
        (handed_in / f"s{number}.py").write_text(f"{text}\nMARK = {number}\n")
    plan = make_plan(assignments.find("batchnorm"), b"trouble".ljust(32))
    found = discover(handed_in, plan.submit)

    def killed_after_two(tally: Any) -> None:
        if tally.done == 2 and engine.process is not None and engine.process.poll() is None:
            engine.kill()

    cut = run_batch(found, plan, run, level="docker", jobs=1, progress=killed_after_two)
    assert cut.counts[Status.GRADED] == 2
    assert cut.counts[Status.INFRASTRUCTURE] == 4
    with Store(run / "results.sqlite", create=False) as store:
        reasons = {record.reason for record in store.latest() if record.status is Status.INFRASTRUCTURE}
    assert all("engine" in reason for reason in reasons), reasons

    engine.start()
    resumed = run_batch(found, plan, run, level="docker", jobs=1)
    assert resumed.counts[Status.GRADED] == 6
    assert resumed.counts[Status.INFRASTRUCTURE] == 0
    with Store(run / "results.sqlite", create=False) as store:
        assert {record.score for record in store.latest()} == {plan.max_score}
    left = engine.docker("ps", "--all", "--quiet").stdout.split()
    assert left == []  # those that the dead engine held were orphans of this very process's workers


def test_an_engine_that_dies_under_a_question(engine: Engine) -> None:
    engine.start()
    with open_launcher("docker") as launcher:
        with SandboxStudent(launcher, SOURCE, "a.py") as student:
            assert isinstance(asked(student), Reply)
            engine.kill()
            lost = asked(student)
            assert isinstance(lost, Failure)
            assert lost.verdict is Verdict.INFRASTRUCTURE
            assert "the Docker engine is gone" in lost.cause
        with pytest.raises(SandboxError, match="twice"), launcher.open(Limits()):
            pass
    with pytest.raises(EngineError, match="no Docker engine answers"):
        open_launcher("docker")
