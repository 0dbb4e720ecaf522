"""What training returned: of which kinds it is, how much it holds, whether it is of any use.

Nothing of it is believed, so kinds come before values: an array is made only of what is known to be numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suites.leaves import leaves
from suites.terms import Network, Terms
from suites.types import Opaque, Value

HELD = "in lists, tuples or dictionaries with text as keys"
REAL = "biuf"  # kinds of dtypes
LEAST, MOST = -(1 << 63), (1 << 64) - 1  # integers that an array can hold


def unfit(terms: Terms, params: Value | Opaque) -> str:
    """Why parameters are of no use, in words about what was returned; nothing where they are of use."""
    if isinstance(params, Opaque):
        return f"{terms.fit} returned something that is neither arrays nor numbers, {HELD}"
    if terms.network is not None:
        return _no_weights(terms.fit, terms.network, params)
    return _no_parameters(terms, params)


def _no_weights(fit: str, network: Network, params: Value) -> str:
    if params is None:
        return f"{fit} returned None"
    given = [real(each) for each in params] if isinstance(params, (list, tuple)) else []
    weights = [each for each in given if each is not None]
    if len(weights) < len(given):
        return f"{fit} returned a weight that is no array of real numbers"
    if [each.shape for each in weights] != network.shapes:
        return f"{fit} did not return weights of the shapes that it was given"
    return "" if _finite(weights) else "diverged: its parameters are not finite"


def _no_parameters(terms: Terms, params: Value) -> str:
    found = list(leaves(params))
    if any(isinstance(leaf, int) and not LEAST <= leaf <= MOST for leaf in found):
        return f"{terms.fit} returned an integer of more than 64 bits"
    # Names are no numbers, but a student's own code may make numbers of them again.
    most, numbers, text = terms.budget.numbers, numbers_in(params), _text_in(params)
    if numbers > most:
        return f"its parameters hold {numbers:,} numbers, {most:,} may be"
    if text > most:
        return f"its parameters hold {text:,} characters of text, {most:,} may be"
    arrays = [np.asarray(leaf) for leaf in found if isinstance(leaf, (np.ndarray, int, float, complex))]
    return "" if _finite(arrays) else "diverged: its parameters are not finite"


def numbers_in(value: Any) -> int:
    """How many real numbers are in it; a complex one is two."""
    count = 0
    for leaf in leaves(value):
        if isinstance(leaf, np.ndarray):
            count += leaf.size * (2 if leaf.dtype.kind == "c" else 1)
        elif isinstance(leaf, (int, float, complex)):
            count += 2 if isinstance(leaf, complex) else 1
    return count


def real(value: Any) -> NDArray[Any] | None:
    """An array of the real numbers in a value; None where there is anything else in it, or it is ragged."""
    if not all(map(_is_real, leaves(value))):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # ragged
        return None
    return array if array.dtype.kind in REAL else None  # of a dictionary and of huge integers it is "O"


def _is_real(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray):
        return leaf.dtype.kind in REAL
    return isinstance(leaf, (float, int))


def _finite(arrays: list[NDArray[Any]]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _text_in(value: Any) -> int:
    """Characters of all text in it, keys included."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _text_in(item) for key, item in value.items())
    return sum(map(_text_in, value)) if isinstance(value, (list, tuple)) else 0
