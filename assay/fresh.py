"""Work in a process of its own, in which NumPy has one thread, whatever it has here.

What times draws inputs and computes what is expected beside those whom it times. With several threads its
products wait for each other on busy cores. A library takes their number when it is imported, and who calls
from Python may have imported it long before.
"""

import pickle
import signal
import threading
from collections.abc import Callable
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from assay.progress import Progress
from grader.pool import deaf_children, end_with_coordinator, strangers_to_main, told
from grader.threads import one_thread

if TYPE_CHECKING:
    from grader.batch import Tally

Work = Callable[[Progress], None]


def in_fresh_process(work: Work, progress: Progress) -> None:
    """Do the work (picklable) there, and tell here how far it is. Raises what it raises.

    OSError where the process dies. It ends with this one, and at once where this one is interrupted.
    """
    context = get_context("spawn")
    end, ours = context.Pipe(duplex=False)
    heard, said = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(work, end, said))
    try:
        with one_thread(), deaf_children(), strangers_to_main():
            resource_tracker.ensure_running()
            process.start()
        said.close()
        _hear(heard, progress)
    finally:
        for connection in (ours, heard, end, said):  # without ours it ends, if it has not
            connection.close()
        if process.pid is not None:
            process.join()


def _hear(heard: Connection, progress: Progress) -> None:
    try:
        while (message := heard.recv()) is not None:
            name, value = message
            if name == "failed":
                raise value
            getattr(progress, name)(value)
    except EOFError:
        raise OSError("the process that was to do it died; what it wrote stands above") from None


# --------------------------------------------------------------------------- in that process


class _Said:
    """A Progress whose words go to the other process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def say(self, text: str) -> None:
        self._connection.send(("say", text))

    def graded(self, tally: "Tally") -> None:
        self._connection.send(("graded", tally))

    def wrote(self, total: int) -> None:
        self._connection.send(("wrote", total))


def _do(work: Work, end: Connection, said: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=end_with_coordinator, args=(end,), daemon=True).start()
    ended: Any = None
    try:
        work(_Said(said))
    except Exception as error:
        ended = ("failed", error if _crosses(error) else OSError(told(error)))
    said.send(ended)


def _crosses(error: Exception) -> bool:
    """Whether an error can be pickled and made again; else its words can."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True
