"""Work in a process of its own, in which NumPy has one thread, whatever it has here.

What times draws inputs and computes what is expected beside those whom it times. With several threads its
products wait for each other on busy cores. A library takes their number when it is imported, and who calls
from Python may have imported it long before.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assay.progress import Progress
from grader.child import Child, Line, crossing

if TYPE_CHECKING:
    from grader.batch import Tally

Work = Callable[[Progress], None]


def in_fresh_process(work: Work, progress: Progress) -> None:
    """Do the work (picklable) there, and tell here how far it is. Raises what it raises.

    OSError where the process dies. It ends with this one, and at once where this one is interrupted.
    """
    child = Child(_do, work)
    try:
        while (message := child.receive()) is not None:
            name, value = message
            if name == "failed":
                raise value
            getattr(progress, name)(value)
        child.join()  # what it does when Python ends is part of the work
    except EOFError:
        raise OSError("the process that was to do it died; what it wrote stands above") from None
    finally:
        child.close()


# --------------------------------------------------------------------------- in that process


class _Said:
    """A Progress whose words go to the other process."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def say(self, text: str) -> None:
        self._line.send(("say", text))

    def graded(self, tally: "Tally") -> None:
        self._line.send(("graded", tally))

    def wrote(self, total: int) -> None:
        self._line.send(("wrote", total))


def _do(line: Line, work: Work) -> None:
    ended: Any = None
    try:
        work(_Said(line))
    except Exception as error:
        ended = ("failed", crossing(error))
    line.send(ended)
