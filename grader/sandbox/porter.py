"""The first program of a container: it forks a zygote and carries runs between it and the trusted side.

Run as `python3 -I -S -B porter.py`. Standard input brings frames (`grader.sandbox.relay`), standard output
takes them, standard error is for what goes wrong here. When its input ends, so does the container. A
submission has pipes to this process and reaches neither it nor its streams.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import sys
from types import ModuleType
from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_PACKAGES = os.path.join(os.path.dirname(os.path.dirname(_FOLDER)), "packages")
_CHUNK = 1 << 18
_GATHER_S = 0.002
# Not before the container is forked from, so that no student finds what an image's author has set.
_KEPT = ("HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")


class _Standard:
    """Standard input and output as a `Stream`."""

    def __init__(self) -> None:
        for descriptor in (0, 1):
            os.set_blocking(descriptor, False)

    def read_end(self) -> int:
        return 0

    def write_end(self) -> int:
        return 1

    def read(self) -> bytes | None:
        try:
            return os.read(0, _CHUNK) or None
        except BlockingIOError:
            return b""

    def write(self, data: memoryview) -> int:
        try:
            return os.write(1, data)
        except BlockingIOError:
            return 0


def _zygote() -> ModuleType:
    """The module beside this one, from its file: nothing here is on sys.path."""
    spec = importlib.util.spec_from_file_location("zygote", os.path.join(_FOLDER, "zygote.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _is_ours(name: str) -> bool:
    return name in _KEPT or name.startswith("MALLOC_") or name.endswith("_NUM_THREADS")


def main() -> None:
    """Prepare a zygote as the first message wishes, then see one ordered run after the other through."""
    for name in [name for name in os.environ if not _is_ours(name)]:
        del os.environ[name]
    zygote = _zygote()
    zygote.load_room()
    from grader.sandbox import control, kernel, relay  # before the fork, for both

    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.fork() == 0:
        near.close()
        os.dup2(2, 1)  # what a library says while it is imported
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        zygote.main(far.detach())
        os._exit(0)
    far.close()
    if sys.platform.startswith("linux"):
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # of the same user as the submission, which may not look in
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    ends = relay.Ends(_Standard())
    wishes = ends.hear()
    control.send(near, {**wishes, "paths": [_PACKAGES], "search": [_PACKAGES]})
    answer, _ = control.receive(near)
    ends.say(answer)
    while True:
        _see_through(ends, control.order(near, ends.hear()), relay)


def _see_through(ends: Any, streams: Any, relay: ModuleType) -> None:
    """Carry a run until nothing can come from it any more, and say so."""
    data = streams.data.detach()
    relay.Relay(
        ends,
        sources={relay.DATA: data, relay.OUTPUT: streams.output, relay.STATUS: streams.status},
        sinks={relay.DATA: data, relay.CANCEL: streams.cancel},
        over=frozenset((relay.DATA, relay.OUTPUT, relay.STATUS)),
        gather_s=_GATHER_S,
    ).run()
    ends.say({"over": True})


if __name__ == "__main__":
    with contextlib.suppress(EOFError):  # the trusted side is gone, and wants nothing any more
        main()
