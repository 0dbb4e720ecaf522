"""This machine's GPUs: which there are, whose turn it is, whether the last one has let go of its memory."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.nvidia_smi import asked
from grader.sandbox.docker.engine import EngineError

_FREE_S = 20.0  # the container before is removed meanwhile
_LEFT_OVER_BYTES = 64 << 20  # what a driver may come to hold by itself


@dataclass(frozen=True)
class Gpu:
    """A device by its unchanging id; memory in bytes, as it was found."""

    id: str
    name: str
    memory_bytes: int
    used_bytes: int

    def wait_until_free(self) -> None:
        """Wait until no more of its memory is used than when it was taken; EngineError where that stays."""
        deadline = time.monotonic() + _FREE_S
        while True:
            (now,) = (gpu for gpu in all_gpus() if gpu.id == self.id)
            if now.used_bytes <= self.used_bytes + _LEFT_OVER_BYTES:
                return
            if time.monotonic() > deadline:
                held = (now.used_bytes - self.used_bytes) >> 20
                raise EngineError(f"somebody holds {held} MiB of the memory of the GPU {self.name}")
            time.sleep(0.1)


class Occupancy:
    """The sandboxes that one launcher has open on its GPU. Safe to share between threads.

    The first waits until the memory is as free as it was found. One that is opened beside another does not:
    what is held may be the other's by right, as the reference's is while a submission is timed beside it. Nor
    is then known whether one that has just ended has let go of its memory; the next first one finds out.
    """

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._lock = threading.Lock()  # held during the wait, lest another begin to use what is waited for
        self._open = 0

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """One more, while the context lasts; EngineError where it is the first and memory stays in use."""
        with self._lock:
            if not self._open:
                self._gpu.wait_until_free()
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1


def all_gpus() -> tuple[Gpu, ...]:
    """Every GPU that nvidia-smi lists; EngineError in one sentence where there is none."""
    try:
        rows = asked("uuid", "name", "memory.total", "memory.used")
    except FileNotFoundError as error:
        raise EngineError(f"this machine has no GPU that could be used: {error}") from error
    except OSError as error:
        raise EngineError(str(error)) from error
    found = [
        Gpu(uuid, name, int(total) << 20, int(used) << 20)
        for uuid, name, total, used in rows
        if total.isdigit() and used.isdigit()
    ]
    if not found:
        raise EngineError("nvidia-smi finds no GPU that tells how much memory it has")
    return tuple(found)


def first_gpus(count: int) -> tuple[Gpu, ...]:
    """The first `count` GPUs; EngineError where there are fewer."""
    found = all_gpus()
    if count > len(found):
        raise EngineError(f"--gpus is {count}, but this machine has {len(found)}")
    return found[:count]


@contextlib.contextmanager
def taken(count: int) -> Iterator[Gpu]:
    """One of the first `count` GPUs that no other grader of this user holds, while the context lasts.

    A lock on a file makes it so; it ends with the process, however that ends.
    """
    import fcntl  # which Windows has not, where the doctor may still look for GPUs

    found = first_gpus(count)
    folder = Path(tempfile.gettempdir(), f"assay-gpus-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise EngineError(f"{folder} belongs to somebody else: remove it, or set TMPDIR")
    for gpu in found:
        descriptor = os.open(folder / gpu.id, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        try:
            yield gpu
        finally:
            os.close(descriptor)
        return
    raise EngineError(f"other graders hold all of the {count} GPUs; run fewer jobs than GPUs")
