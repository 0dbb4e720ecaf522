"""The warm process that sandboxes are forked from: NumPy is imported, nothing secret was ever in it.

Run as `python -I -S -B zygote.py <control socket>`, with a clean environment. It puts neither the checkout
nor site-packages on sys.path: what a submission can import is the standard library and the listed packages.
"""

from __future__ import annotations

import fcntl
import gc
import os
import socket
import sys
import types

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def load_room() -> None:
    """Offer `grader.wire`, `grader.worker` and `grader.sandbox.*` from where this file lies alone.

    That is a folder or an archive, neither of which, nor any site-packages, is on sys.path.
    """
    package = types.ModuleType("grader")
    package.__path__ = [os.path.dirname(_FOLDER)]
    sys.modules["grader"] = package


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
    """Prepare once, then follow orders until the trusted side is gone.

    `passed` is the descriptor of the control socket.
    """
    control_socket = _control(passed)
    load_room()
    from grader.sandbox import control, grounds, preload, supervise

    wishes, _ = control.receive(control_socket)
    try:
        own = grounds.found(wishes["level"])  # before the imports: who stays behind need not hold them
        # `process` keeps the user, and `namespace` has a root of its own: both reach the files.
        everything = preload.is_out_of_reach(own_root=wishes["level"] in ("process", "namespace"))
        preload.standard_library(everything=everything)
        preload.packages(wishes["packages"], wishes["search"], everything=everything)
        from grader.worker import serve

        prepared = grounds.prepare(wishes["level"], wishes["paths"], own, gpu=wishes.get("gpu", False))
    except Exception as error:
        control.send(control_socket, {"error": f"{type(error).__name__}: {error}"})
        return
    preload.close_room()
    supervisor = supervise.Supervisor(prepared, control_socket, serve)
    gc.collect()
    gc.freeze()  # forks must not copy the heap only to collect it
    gc.disable()
    control.send(control_socket, {"ready": True})
    supervisor.run()
    os._exit(0)  # nothing is left to tidy up, and the interpreter would take 20 ms for it


if __name__ == "__main__":
    main(int(sys.argv[1]))
