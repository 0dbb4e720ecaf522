"""Does the tasks of a proof, each kind by its own function."""

from collections.abc import Callable

from assay.proving.limits import OutOfTime
from assay.proving.mistakes import mutant, variant
from assay.proving.students import declaration, right, starter, stub
from assay.proving.task import Outcome, Task

KINDS: dict[str, Callable[[Task], Outcome]] = {
    "declaration": declaration,
    "reference": right,
    "solution": right,
    "starter": starter,
    "stub": stub,
    "variant": variant,
    "mutant": mutant,
}


def work(task: Task) -> Outcome:
    """Do one task."""
    try:
        return KINDS[task.kind](task)
    except OutOfTime:
        if task.kind == "mutant":
            return Outcome(killed=task.seeds, by="it does not end")
        return Outcome(short=[f"{task.what} takes too long"])


def lost(task: Task) -> Outcome:
    """The outcome of a task that ends its process."""
    if task.kind == "mutant":
        return Outcome(killed=task.seeds, by="it ends its process")
    return Outcome(short=[f"{task.what} ends its process"])
