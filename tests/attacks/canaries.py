"""What probes aim at: files, processes and listeners of our own, a set for each probe."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECRET = "ASSAY_SECRET"  # in the environment of the grader
# What is dangerous to show: to a browser, a terminal, a spreadsheet, a log, a template, whoever reads it.
TEXTS = (
    "<script>alert(1)</script>",
    "</pre></style><img src=x onerror=alert(2)>",
    "{{7*7}} {% raw %} {0.__class__} ${7*7} $(id) `id`",
    "\x1b[31mred\x1b]52;c;aGk=\x07\x9b2J\x1b]0;title\x07",
    "\u202eevil\u2066 \u200b hid\u00adden",
    '=HYPERLINK("http://127.0.0.1","click")',
    "\ud800 lone \udfff",
    "\r::error::boom\n::set-output name=x::y\n<3>INFO passed\n##[error]x",
    "]]></testcase>\x00\x0b",
    "Z" + "\u0351" * 60 + "algo",
    "x" * 100_000,
)
OUTSIDE = ("/dev/shm", "/var/tmp")

# A process that says where in its memory its canary lies, then sleeps.
_SLEEPER = """
import ctypes, time
canary = ctypes.create_string_buffer(b"canary")
print(ctypes.addressof(canary), flush=True)
time.sleep(7200)
"""


@dataclass
class Canaries:
    """One probe's. `facts` is what the probe is told; only what its source asks for is there."""

    facts: dict[str, Any]
    scratch: Path
    sleeper: subprocess.Popen[bytes] | None = None
    before: tuple[Any, ...] = ()
    listeners: list[socket.socket] = field(default_factory=list)

    def harmed(self) -> list[str]:
        """What happened to them, in words; clears away what was left."""
        return [*self._process(), *self._calls(), *self._files(), *self._daemon()]

    def _process(self) -> Iterator[str]:
        if self.sleeper is None:
            return
        if self.sleeper.poll() is not None:
            yield "the process was ended"
        elif state_of(self.sleeper.pid) != self.before:
            yield "the process was meddled with"

    def _calls(self) -> Iterator[str]:
        for listener in self.listeners:
            with suppress(BlockingIOError):
                listener.recv(64) if listener.type == socket.SOCK_DGRAM else listener.accept()[0].close()
                yield "the listener was reached"

    def _files(self) -> Iterator[str]:
        places = [self.scratch, *map(Path, OUTSIDE), *map(Path, self.facts["installed"]), site_packages()]
        for place in places:
            for path in place.glob(f"{self.facts['name']}*"):
                path.unlink()
                yield f"a file was written in {place}"

    def _daemon(self) -> Iterator[str]:
        path = self.scratch / "daemon"
        if path.exists():
            with suppress(ProcessLookupError):
                os.kill(int(path.read_text()), signal.SIGKILL)
                yield "a process outlived the run"
            path.unlink()


def site_packages() -> Path:
    """Where NumPy lies."""
    import numpy

    return Path(numpy.__file__).parents[1]


def state_of(pid: int) -> tuple[Any, ...]:
    """What others could change of a process."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    return os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid), limits


class Field:
    """Makes canaries for the probes of one run, owned by the user who grades."""

    def __init__(self, folder: Path, uid: int, installed: list[str], stack: ExitStack) -> None:
        self.folder, self.uid, self._stack = folder, uid, stack
        self._common = {
            "installed": installed,
            "run": f"assay-{secrets.token_hex(6)}",
            "texts": TEXTS,
            "key": secrets.randbelow(1 << 30) + 1,
            "shared": str(self._owned(folder / "shared")),
        }
        stack.callback(self._forget_notes)

    def make(self, probe: str, source: str) -> Canaries:
        """The canaries that a probe's source asks for."""
        home = self._owned(self.folder / probe)
        scratch = self._owned(home / "scratch")
        facts: dict[str, Any] = {
            **self._common,
            "above": str(home),
            "folder": str(home),
            "scratch": str(scratch),
            "name": f"assay-{secrets.token_hex(8)}",
        }
        for name, mode in (("private", 0o600), ("public", 0o644), (".git/HEAD", 0o644)):
            facts[name] = str(self._file(home / name, mode))
        made = Canaries(facts, scratch)
        asked = set(re.findall(r"""FACTS\[["'](\w+)""", source))
        if "canary" in asked:
            self._sleeper(made)
        for key in ("port", "datagrams", "abstract", "socket"):
            if key in asked:
                self._listen(made, key)
        return made

    def _owned(self, path: Path) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)
        os.chown(path, self.uid, self.uid)
        return path

    def _file(self, path: Path, mode: int) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"canary")
        path.chmod(mode)
        os.chown(path, self.uid, self.uid)
        return path

    def _sleeper(self, made: Canaries) -> None:
        command = [reachable_python(), "-I", "-S", "-c", _SLEEPER]
        user = {"user": self.uid, "group": self.uid} if self.uid != os.getuid() else {}
        made.sleeper = subprocess.Popen(command, stdout=subprocess.PIPE, **user)  # type: ignore[call-overload]
        self._stack.enter_context(made.sleeper)
        self._stack.callback(made.sleeper.kill)
        assert made.sleeper is not None
        assert made.sleeper.stdout is not None
        made.facts["address"] = int(made.sleeper.stdout.readline())
        made.facts["canary"] = made.sleeper.pid
        made.before = state_of(made.sleeper.pid)

    def _listen(self, made: Canaries, key: str) -> None:
        inet = key in ("port", "datagrams")
        kind = socket.SOCK_DGRAM if key == "datagrams" else socket.SOCK_STREAM
        listener = self._stack.enter_context(socket.socket(socket.AF_INET if inet else socket.AF_UNIX, kind))
        if inet:
            listener.bind(("127.0.0.1", 0))
            made.facts[key] = listener.getsockname()[1]
        elif key == "abstract":
            made.facts[key] = made.facts["name"]
            listener.bind("\0" + made.facts[key])
        else:
            made.facts[key] = str(made.scratch / "s")
            listener.bind(made.facts[key])
            Path(made.facts[key]).chmod(0o777)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        listener.setblocking(False)
        made.listeners.append(listener)

    def _forget_notes(self) -> None:
        for place in ("/tmp", "/dev/shm", "/var/tmp"):
            Path(place, f"{self._common['run']}-note").unlink(missing_ok=True)


def reachable_python() -> str:
    """An interpreter of this version that any user may run; the one we run may lie in a closed home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        path = Path(candidate)
        if path.exists() and is_open(path.resolve()) and is_open(path):
            return candidate
    return sys.executable


def is_open(path: Path) -> bool:
    """Whether everybody may go there."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


@contextmanager
def common_ground() -> Iterator[Path]:
    """A temporary folder that every user may enter (pytest's own are closed)."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="assay-attacks-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
