"""What an exception says of its cause: code for another NumPy, another Python, another course's packages.

It is named as such, from what was raised: never as a wrong answer. The text comes from the student's side
and is matched, not trusted; what is said of it is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

import numpy as np

from suites.types import Diagnosis, Failure, Verdict

# Removed from NumPy's main namespace, and what to write instead.
ALIASES = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "object": "object",
    "str": "str",
    "complex": "complex",
    "long": "int",
    "unicode": "str",
    "float_": "np.float64",
    "complex_": "np.complex128",
    "Inf": "np.inf",
    "Infinity": "np.inf",
    "NaN": "np.nan",
    "mat": "np.asmatrix",
    "product": "np.prod",
    "cumproduct": "np.cumprod",
    "alltrue": "np.all",
    "sometrue": "np.any",
    "in1d": "np.isin",
    "row_stack": "np.vstack",
    "trapz": "np.trapezoid",
    "asscalar": "the method .item()",
    "rank": "the attribute .ndim",
    "asfarray": "np.asarray with a dtype",
}
PYTHON_2 = ("xrange", "raw_input", "unicode", "long", "basestring", "unichr", "reduce", "cmp")
PYTHON_2_MODULES = ("past", "cPickle", "urllib2", "StringIO", "Queue", "__builtin__", "future_builtins")

Explain = Callable[[re.Match[str]], str]


def _alias(match: re.Match[str]) -> str:
    name = match.group(1)
    instead = ALIASES.get(name)
    if instead is None:
        close = get_close_matches(name, dir(np), 1, 0.8)
        return f"NumPy has no {name!r} here" + (f": did you mean np.{close[0]}?" if close else "")
    return f"this needs an older NumPy: np.{name} is gone; write {instead}"


def _module(match: re.Match[str]) -> str:
    name = match.group(1).split(".")[0]
    if name == "submission":  # the name under which a relative import finds the files that were handed in
        return "it imports a file that was not handed in: hand in all files"
    if name in PYTHON_2_MODULES:
        return f"this is Python 2: there is no module {name!r} any more"
    return (
        f"it imports {name!r}, which this assignment does not provide: hand in a file that works without it"
    )


def _builtin(match: re.Match[str]) -> str:
    name = match.group(1)
    return f"this is Python 2: {name} is gone" if name in PYTHON_2 else ""


SIGNS: tuple[tuple[str, Explain], ...] = (
    (r"module 'numpy' has no attribute '(\w+)'", _alias),
    (r"`np\.(\w+)` was removed", _alias),
    (
        r"module 'numpy\.lib' has no attribute '(\w+)'",
        lambda m: f"this needs an older NumPy: np.lib.{m.group(1)} is gone; write np.{m.group(1)}",
    ),
    (
        r"unexpected keyword argument 'newshape'",
        lambda m: "this needs an older NumPy: reshape takes shape=, not newshape=",
    ),
    (
        r"only 0-dimensional arrays can be converted|only length-1 arrays can be converted",
        lambda m: (
            "an array stands where one number is needed: write np.exp for math.exp, say; "
            "where the array has one element, x.item() is its number"
        ),
    ),
    (
        r"Missing parentheses in call to 'print'|Missing parentheses in call to 'exec'",
        lambda m: "this is Python 2: print is a function now",
    ),
    (
        r"'float' object cannot be interpreted as an integer",
        lambda m: "a float stands where a whole number is needed: / gives a float; sizes and indices need //",
    ),
    (r"ModuleNotFoundError: No module named '([\w.]+)'", _module),
    (r"attempted relative import", lambda m: "it imports from a package of the course's: hand in all files"),
    (r"NameError: name '(\w+)' is not defined", _builtin),
)


def environment_trouble(failure: Failure) -> Diagnosis | None:
    """What in the environment an exception speaks of, or None."""
    if failure.verdict is not Verdict.ERROR:
        return None
    raised = f"{failure.cause}\n{failure.text[-2000:]}"
    for pattern, explain in SIGNS:
        if (match := re.search(pattern, raised)) and (sentence := explain(match)):
            return Diagnosis(sentence, id="environment")
    return None
