"""The trusted side's hold on a zygote: starts it with nothing to leak, orders runs from it, ends it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO

from grader.sandbox import control
from grader.sandbox.levels import Level
from grader.sandbox.root import Distributions
from grader.sandbox.running import RunningSandbox, SandboxError, SetupError
from grader.sandbox.types import Limits
from grader.threads import ONE_THREAD

_PROGRAM = Path(__file__).with_name("zygote.py")
# Where it has no file of its own, since all of us lie in an archive: a student kit.
_IN_ARCHIVE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from grader.sandbox import zygote; "
    "del sys.path[0]; zygote.main(int(sys.argv[1]))"
)
_START_S = 120.0  # an import of torch on a cold disk
_READY_S = 30.0

# All that a submission can find in os.environ. One thread a library: a class is graded in parallel processes,
# and threads started before the fork would not survive it.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "2",
    # Memory that is freed is kept for the next array. By itself the allocator gives large arrays back now and
    # then, by what was freed before, and takes them anew page by page: a third of the time of what is timed.
    # From 8 MiB on arrays come from the kernel: who takes them without end is stopped before they are filled.
    "MALLOC_MMAP_THRESHOLD_": str(8 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    **ONE_THREAD,
}


def _program() -> list[str]:
    """What an interpreter is given to be a zygote, before the number of its control socket."""
    if _PROGRAM.is_file():
        return [str(_PROGRAM)]
    return ["-c", _IN_ARCHIVE, str(_PROGRAM.parents[2])]


class ZygoteProcess:
    """A running zygote. Not shared between threads without a lock."""

    def __init__(self, level: Level, packages: tuple[str, ...], shown: Distributions) -> None:
        self.runs = 0
        self.open_runs = 0
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", *_program(), str(far.fileno())],
                pass_fds=[far.fileno()],
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                start_new_session=True,  # a Ctrl-C at the terminal is for the trusted side to handle
            )
        try:
            self._greet(level, packages, shown)
        except BaseException:
            self.close()
            raise

    def _greet(self, level: Level, packages: tuple[str, ...], shown: Distributions) -> None:
        self._control.settimeout(_START_S)
        wishes = {"level": level.name, "packages": packages, "paths": shown.paths, "search": shown.search}
        try:
            control.send(self._control, wishes)
            answer, _ = control.receive(self._control)
        except (OSError, EOFError) as error:
            raise SandboxError(f"the sandbox's zygote did not start: {error}; {self._last_words()}") from None
        if "error" in answer:
            raise SetupError(f"the sandbox level {level.name} does not work here: {answer['error']}")

    def start(self, limits: Limits, wall_s: float) -> RunningSandbox:
        """Order one run and wait until it is confined.

        Raises SetupError where confinement failed and ConnectionError where the zygote is gone.
        """
        self.runs += 1
        streams = control.order(self._control, {"limits": asdict(limits), "wall_s": wall_s})
        sandbox = RunningSandbox(streams, wall_s)
        try:
            sandbox.await_ready(_READY_S)
        except BaseException:
            sandbox.close()
            raise
        self.open_runs += 1
        return sandbox

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the zygote; whatever still runs under it dies with it."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        self._stderr.seek(0)
        words = self._stderr.read(65536).decode("utf-8", "replace").strip().splitlines()
        return words[-1] if words else f"exit code {self._process.returncode}"
