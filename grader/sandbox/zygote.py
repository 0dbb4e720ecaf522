"""The warm process that sandboxes are forked from: NumPy is imported, nothing secret was ever in it.

Run as `python -I -S -B zygote.py <control socket>`, with a clean environment. It puts neither the checkout
nor site-packages on sys.path: what a submission can import is the standard library and the listed packages.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import signal
import socket
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def load_room() -> None:
    """Make `grader.wire`, `grader.worker` and `grader.sandbox.*` importable from their folder alone."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("preload", os.path.join(_FOLDER, "preload.py"))
    assert spec is not None
    assert spec.loader is not None
    preload = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(preload)
    preload.room(os.path.dirname(_FOLDER))


def _control(passed: int) -> socket.socket:
    """The control socket, out of the way of descriptors 0 to 3, which every run gives a new meaning."""
    moved = fcntl.fcntl(passed, fcntl.F_DUPFD_CLOEXEC, 16)
    os.close(passed)
    null = os.open("/dev/null", os.O_RDONLY)
    if null != 3:
        os.dup2(null, 3, inheritable=False)
        os.close(null)
    return socket.socket(fileno=moved)


def main(passed: int) -> None:
    """Prepare, then pass every order to a forked launcher until the trusted side is gone.

    `passed` is the descriptor of the control socket. Who wishes for one run alone gets no launcher ahead.
    """
    control_socket = _control(passed)
    load_room()
    from grader.sandbox import control, preload, supervise
    from grader.sandbox.grounds import prepare

    wishes, _ = control.receive(control_socket)
    try:
        # `process` keeps the user, and `namespace` has a root of its own: both reach the files.
        everything = preload.is_out_of_reach(own_root=wishes["level"] in ("process", "namespace"))
        preload.standard_library(everything=everything)
        preload.packages(wishes["packages"], wishes["search"], everything=everything)
        from grader.worker import serve

        grounds = prepare(wishes["level"], wishes["paths"], gpu=wishes.get("gpu", False))
    except Exception as error:
        control.send(control_socket, {"error": f"{type(error).__name__}: {error}"})
        return
    preload.close_room()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # launchers are reaped by the kernel
    if not wishes.get("once"):
        gc.collect()
    gc.freeze()  # forks must not copy the heap only to collect it
    gc.disable()
    zygote = os.getpid()
    control.send(control_socket, {"ready": True})
    while True:
        # One launcher stands ready, in its own namespaces, while the run before it goes on.
        orders, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        if os.fork() == 0:
            control_socket.close()
            orders.close()
            supervise.run(grounds, far, zygote, serve)
        far.close()
        try:
            message, descriptors = control.receive(control_socket, 4)
        except (EOFError, OSError):
            return
        with orders, contextlib.suppress(OSError):  # a dead launcher is seen by the trusted side
            control.send(orders, message, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if wishes.get("once"):
            control_socket.recv(1)  # the launcher ends with its parent
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
