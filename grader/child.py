"""A process of ours, spawned: it ends with the one that started it, however that ends.

The two hold a pipe. What arrives in the child is read by a thread of its own, so that the end of file which
the parent's death is, or its wish to stop at once, ends the child whatever it does at that moment.
"""

import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from grader.threads import one_thread


class Child:
    """Runs `target(line, *arguments)` in a process of its own, in which NumPy has one thread.

    All of that must be picklable. Raises OSError if no process can be started; that it has died before it
    could begin is for `receive` to say.
    """

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()  # wait on it until there is something to receive
        self._process = context.Process(target=_live, args=(theirs,))
        try:
            with theirs:
                resource_tracker.ensure_running()  # first, for where it has to start it unblocks SIGINT
                with one_thread(), _deaf_children(), _strangers_to_main():
                    self._process.start()
            # Not with `start`, which writes to a pipe whose other end it holds, too: it would wait for ever,
            # deaf, where the child is dead before it has read what the pipe does not hold.
            self.send((target, arguments))
        except BaseException:
            self.connection.close()
            raise

    def send(self, message: Any) -> None:
        """Send it a message. That it has died is for `receive` to say."""
        with suppress(OSError):
            self.connection.send(message)

    def receive(self) -> Any:
        """Its next message; raises EOFError where it has died."""
        try:
            return self.connection.recv()
        except OSError as error:  # it died within a message
            raise EOFError from error

    def join(self) -> None:
        """Wait until it has ended by itself."""
        self._process.join()

    def hang_up(self) -> None:
        """Let it end at once; there is nothing to receive any more."""
        self.connection.close()

    def close(self) -> None:
        """End it, if it has not ended, and forget it."""
        self.hang_up()
        self._process.join()
        self._process.close()


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes started herein don't hear Ctrl-C, which a terminal sends to all: the parent decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _strangers_to_main() -> Iterator[None]:
    """Processes started herein don't run the main module again.

    They need nothing of it, and a script without `if __name__ == "__main__"` would start a batch in each.
    """
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {
        name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)
    }
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(hidden)


# --------------------------------------------------------------------------- in the child


class Line:
    """The child's end of the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def receive(self) -> Any:
        """The next message."""
        return self._arrived.get()

    def send(self, message: Any) -> None:
        """Send the parent a message; where there is no parent any more, this process ends."""
        try:
            self._connection.send(message)
        except OSError:
            os._exit(1)

    def _listen(self) -> None:
        try:
            while True:
                self._arrived.put(self._connection.recv())
        except (EOFError, OSError):
            pass  # the parent holds the other end no more
        except Exception:
            traceback.print_exc()
        os._exit(1)


def _live(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    try:
        target, arguments = connection.recv()
    except (EOFError, OSError):  # the parent is there no more
        os._exit(1)
    target(Line(connection), *arguments)


def told(error: BaseException) -> str:
    """An error of ours in one line, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def crossing(error: Exception) -> Exception:
    """The error as it can be sent: itself with its traceback as a note, or its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return OSError(told(error))
    error.add_note("".join(traceback.format_exception(error)))
    return error
