"""One container: made, started, joined by its standard streams, asked how it fares, removed."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.sandbox import relay
from grader.sandbox.docker import hardening, owner
from grader.sandbox.docker.engine import EngineError, GoneError, complaints
from grader.sandbox.docker.hardening import Shape
from grader.sandbox.levels import Level
from grader.sandbox.running import SetupError
from grader.sandbox.types import Exit

if TYPE_CHECKING:
    from docker import APIClient

_CHUNK = 1 << 18
_READY_S = 300.0  # an import of torch on a cold disk and a busy machine
_LAST_WORDS = 4096
_CGROUPS = Path("/sys/fs/cgroup")
_HANGS_UP_S = 3.0
_KILLED = 128 + 9


class Container:
    """A started container whose zygote is ready. Not shared between threads without a lock."""

    def __init__(
        self, client: APIClient, image: str, level: Level, packages: tuple[str, ...], shape: Shape
    ) -> None:
        self.shape = shape
        self.runs = 0
        self._client = client
        self._usage: Path | None = None  # the file that counts its CPU time, where it is on this machine
        with complaints("making a container"):
            labels = {owner.LABEL: owner.me(), "assay.level": level.name}
            made = client.create_container(image, **hardening.hardened(client, shape), labels=labels)
            self.id = str(made["Id"])
        try:
            with complaints("starting a container"):
                self._attached = _Attached(client, self.id)
                client.start(self.id)
            self._usage = _usage_file(self.id)
            self.ends = relay.Ends(self._attached)
            self._greet(level, packages)
        except BaseException:
            with contextlib.suppress(EngineError):
                self.remove()
            raise

    def _greet(self, level: Level, packages: tuple[str, ...]) -> None:
        try:
            wishes = {"level": level.name, "packages": packages, "gpu": bool(self.shape.gpu)}
            self.ends.say(wishes)
            answer = self.ends.hear(_READY_S)
        except (EOFError, OSError) as error:
            raise EngineError(f"a container did not start: {error}; {self._last_words()}") from error
        if "error" in answer:
            raise SetupError(f"the sandbox level {level.name} does not work here: {answer['error']}")

    def begin(self) -> int | None:
        """Count a run, and say what CPU time has been used before it; None where that cannot be known."""
        self.runs += 1
        if self._usage is not None:
            return _usage(self._usage)
        return 0 if self.runs == 1 else None

    def remove(self) -> None:
        """End the container and everything in it, and forget it; harmless when it is gone."""
        import docker
        import requests

        attached = getattr(self, "_attached", None)
        if attached is not None:
            attached.close()  # it ends by itself, which costs the engine less than killing it
            with contextlib.suppress(docker.errors.APIError, requests.RequestException):
                self._client.wait(self.id, timeout=_HANGS_UP_S)
        with complaints("removing a container"), contextlib.suppress(docker.errors.NotFound):
            self._client.remove_container(self.id, force=True, v=True)

    def kill(self) -> None:
        """End it now, when it does not listen any more."""
        import docker

        with complaints("killing a container"), contextlib.suppress(docker.errors.APIError):
            self._client.kill(self.id)

    def cpu_ns(self) -> int:
        """CPU time of everything in it: from its cgroup if that lies on this machine, else by the engine."""
        if self._usage is not None:
            return _usage(self._usage)
        with complaints("asking for a container's CPU time"):
            stats = self._client.stats(self.id, stream=False, one_shot=True)
        return int(stats["cpu_stats"]["cpu_usage"]["total_usage"])

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Everything in it stopped while the context lasts. GoneError where it has ended."""
        with complaints("pausing a container"):
            self._client.pause(self.id)
        try:
            yield
        finally:
            with contextlib.suppress(GoneError), complaints("resuming a container"):
                self._client.unpause(self.id)

    def post_mortem(self) -> Exit:
        """What a container ended of that said nothing, as far as its engine knows."""
        try:
            with complaints("asking what became of a container"):
                state = self._client.inspect_container(self.id)["State"]
        except EngineError as error:
            return _lost(str(error))
        if state.get("OOMKilled"):
            return Exit(None, 9, False, 0.0, 0, "out of memory")
        if state.get("Running"):
            return _lost(f"the connection to the container was lost; {self._last_words()}")
        if state.get("ExitCode") == _KILLED:
            return _lost("the container was killed from outside")
        return _lost(f"the container ended (exit code {state.get('ExitCode')}); {self._last_words()}")

    def _last_words(self) -> str:
        return self._attached.last_words() or "it said nothing"


class _Attached:
    """The standard streams of a container as a `Stream`; what it says on standard error is kept apart."""

    def __init__(self, client: APIClient, container: str) -> None:
        # Held: the library closes the connection with it.
        self._held: Any = client.attach_socket(
            container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        )
        raw = getattr(self._held, "_sock", self._held)
        self._socket: socket.socket = raw
        self._socket.setblocking(False)
        self._header = bytearray()
        self._left = 0  # of the piece that is being read
        self._aside = False  # whether that is standard error
        self._words = bytearray()

    def read_end(self) -> int:
        return self._socket.fileno()

    def write_end(self) -> int:
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """What came on standard output, cut out of the engine's multiplexed stream."""
        found = bytearray()
        while True:
            try:
                data = self._socket.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                return bytes(found)
            except OSError:
                data = b""
            if not data:
                return bytes(found) or None
            self._part(memoryview(data), found)
            if not isinstance(self._socket, ssl.SSLSocket):  # which may hold what no poll knows of
                return bytes(found)

    def write(self, data: memoryview) -> int:
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0

    def close(self) -> None:
        """Hang up: the container's standard input ends."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with contextlib.suppress(OSError):
            self._held.close()

    def last_words(self) -> str:
        """The last line of standard error."""
        lines = bytes(self._words).decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def _part(self, data: memoryview, found: bytearray) -> None:
        """Sort a chunk: a header of eight bytes says which stream the next piece is of, and how long."""
        while data:
            if not self._left:
                missing = 8 - len(self._header)
                self._header += data[:missing]
                data = data[missing:]
                if len(self._header) == 8:
                    kind, self._left = struct.unpack(">B3xI", self._header)
                    self._aside = kind == 2
                    self._header.clear()
                continue
            piece, data = data[: self._left], data[self._left :]
            self._left -= len(piece)
            if self._aside:
                self._words += piece
                del self._words[:-_LAST_WORDS]
            else:
                found += piece


def _lost(cause: str) -> Exit:
    return Exit(None, None, False, 0.0, 0, cause)


def _usage_file(container: str) -> Path | None:
    """Where this machine's kernel counts a container's CPU time, with cgroup v1 or v2; None if elsewhere."""
    for parent in (f"docker/{container}", f"system.slice/docker-{container}.scope"):  # of either driver
        for file in (_CGROUPS / "cpuacct" / parent / "cpuacct.usage", _CGROUPS / parent / "cpu.stat"):
            if os.access(file, os.R_OK):
                return file
    return None


def _usage(file: Path) -> int:
    text = file.read_text(encoding="ascii")
    if file.name == "cpuacct.usage":
        return int(text)
    (line,) = (line for line in text.splitlines() if line.startswith("usage_usec "))
    return 1000 * int(line.split()[1])
