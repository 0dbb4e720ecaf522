"""Whether what students start from has the functions that they are asked for, with their arguments."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from suites.assignment import Op

_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Asked:
    """A function that a submission is asked, and its arguments in order.

    named  they are called so; else only their number counts.
    """

    function: str
    arguments: tuple[str, ...]
    named: bool = True

    def taken_by(self, function: Callable[..., Any]) -> bool:
        """Whether it takes these arguments; what it takes beyond them has a default."""
        parameters = list(inspect.signature(function).parameters.values())
        ours, more = parameters[: len(self.arguments)], parameters[len(self.arguments) :]
        return (
            len(ours) == len(self.arguments)
            and all(each.kind in _PLACES for each in ours)
            and (not self.named or tuple(each.name for each in ours) == self.arguments)
            and all(each.default is not each.empty or each.kind in _REST for each in more)
        )


def asked_of(ops: Sequence[Op]) -> Iterator[Asked]:
    """The functions of operations. A backward may call the upstream gradient and the cache as it likes."""
    for op in ops:
        yield Asked(op.forward, op.args)
        if op.backward:
            yield Asked(op.backward, ("dout", "cache"), named=False)


def lacking(text: str, submit: str, asked: Sequence[Asked]) -> Iterator[str]:
    """What the text of a starter lacks."""
    module = ModuleType("starter")
    try:
        exec(compile(text, submit, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}"
        yield f"the starter cannot be imported, {why}; students begin with what runs"
        return
    for each in asked:
        takes = f"{each.function}({', '.join(each.arguments)})"
        if not callable(function := vars(module).get(each.function)):
            yield f"the starter has no {takes}"
        elif not each.taken_by(function):
            yield f"the starter has {each.function}{inspect.signature(function)}, and {takes} is asked"
