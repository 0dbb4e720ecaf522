"""Functions of ours that a call gives to the student's side, which may call them and never sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np

Shape = Optional["tuple[int, ...]"]

MOST = 1 << 14  # numbers of an argument that may have any shape


@dataclass(frozen=True)
class Function:
    """A function as an argument. Calls of it are answered on the trusted side: only numbers cross.

    of      what it computes, of float64 arrays of its own; whoever writes it knows the shapes that come.
    shapes  the shape of each argument; None for one that may have any, of at most `MOST` numbers.
    """

    of: Callable[..., Any]
    shapes: tuple[Shape, ...]

    def __call__(self, *args: Any) -> Any:
        """Its value. ValueError, in words for a student, for arguments that it does not take."""
        if len(args) != len(self.shapes):
            many = "1 argument" if len(self.shapes) == 1 else f"{len(self.shapes)} arguments"
            raise ValueError(f"the function that you were given takes {many}, not {len(args)}")
        arrays = [_taken(value, shape) for value, shape in zip(args, self.shapes)]
        try:
            with np.errstate(all="ignore"):
                return self.of(*arrays)
        except Exception as error:
            raise ValueError("the function that you were given has no value there") from error


def _taken(value: Any, shape: Shape) -> Any:
    """A fresh float64 array of what came from the other side, before anything is computed with it."""
    if isinstance(value, (list, tuple)):
        value = _listed(value)
    array = np.asarray(value) if isinstance(value, (int, float, np.ndarray)) else None
    if array is None or array.dtype.kind not in "fiu":
        raise ValueError("the function that you were given takes arrays of real numbers")
    if shape is not None and array.shape != shape:
        raise ValueError(f"the function that you were given takes the shape {shape}, not {array.shape}")
    if array.size > MOST:
        raise ValueError(f"the function that you were given takes at most {MOST} numbers")
    return array.astype(np.float64)


def _listed(value: Sequence[Any]) -> Any:
    try:
        return np.array(value)
    except ValueError:
        return None
