"""The worst entry and a picture of where a tensor is off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from suites.questions import Observed
from suites.tolerance import Comparison
from suites.types import Array, Evidence, Failure

PICTURE = 24  # a picture is at most this many cells wide and high

Look = tuple[Observed, "Comparison | Failure"]


def most_telling(failing: Sequence[Look]) -> Look:
    """The case to show: one that raised or died if there is one, public before hidden, the worst first.

    Cause, diagnosis and evidence are taken from the same case, so that what is said of a public case never
    carries words that came from a hidden one.
    """
    failures = [item for item in failing if isinstance(item[1], Failure)]
    return max(failures or failing, key=_telling)


def evidence(tensor: str, looks: Sequence[Look], failing: Sequence[Look]) -> Evidence:
    """The evidence of one tier, from its most telling case."""
    if not failing:
        return Evidence(argument=tensor, cases=len(looks))
    o, look = most_telling(failing)
    common = {
        "argument": tensor,
        "regime": o.case.regime,
        "case": o.case.id,
        "public": o.case.public,
        "cases": len(looks),
        "failed_cases": len(failing),
    }
    if isinstance(look, Failure):
        return Evidence(**common, text=look.text)  # type: ignore[arg-type]
    expected = o.case.expected[tensor]
    if look.got is None or look.error is None or not expected.size:
        return Evidence(**common, shape=expected.shape)  # type: ignore[arg-type]
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(look.error)), expected.shape))
    return Evidence(
        **common,  # type: ignore[arg-type]
        shape=expected.shape,
        index=index,
        expected=float(expected[index]),
        got=float(look.got[index]),
        max_error=float(look.error[index]),
        picture=picture(look.error),
    )


def _telling(item: Look) -> tuple[bool, float]:
    o, look = item
    return o.case.public, look.excess if isinstance(look, Comparison) else 0.0


def picture(error: Array) -> tuple[tuple[float, ...], ...]:
    """|error| over its largest value as rows of cells: leading axes below each other, the last across.

    Larger arrays are reduced by the maximum over blocks, so a single wrong entry stays visible.
    """
    flat = np.atleast_2d(np.where(np.isfinite(error), error, np.inf))
    flat = flat.reshape(-1, flat.shape[-1])
    if np.isinf(flat).any():
        flat = np.isinf(flat).astype(float)
    top = float(flat.max(initial=0.0))
    cells = _reduced(_reduced(flat, 0), 1)
    return tuple(tuple(round(float(c) / top, 3) if top else 0.0 for c in row) for row in cells)


def _reduced(cells: Array, axis: int) -> Array:
    n = cells.shape[axis]
    if n <= PICTURE:
        return cells
    starts = np.linspace(0, n, PICTURE, endpoint=False).astype(int)
    return np.asarray(np.maximum.reduceat(cells, starts, axis=axis))
