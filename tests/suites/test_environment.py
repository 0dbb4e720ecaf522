"""What is trouble of the environment and no mistake, by what was raised."""

from __future__ import annotations

import pytest

from suites.environment import environment_trouble
from suites.types import Failure, Verdict


def said_of(cause: str, text: str = "", verdict: Verdict = Verdict.ERROR) -> str:
    found = environment_trouble(Failure(verdict, cause, text))
    if found is None:
        return ""
    assert found.id == "environment"
    return found.symptom


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (
            "AttributeError: module 'numpy' has no attribute 'float'",
            "this needs an older NumPy: np.float is gone; write float",
        ),
        (
            "AttributeError: `np.Inf` was removed in the NumPy 2.0 release",
            "this needs an older NumPy: np.Inf is gone; write np.inf",
        ),
        ("AttributeError: module 'numpy' has no attribute 'softmax'", "NumPy has no 'softmax' here"),
        (
            "AttributeError: module 'numpy' has no attribute 'maxium'",
            "NumPy has no 'maxium' here: did you mean np.maximum?",
        ),
        (
            "AttributeError: module 'numpy.lib' has no attribute 'pad'",
            "this needs an older NumPy: np.lib.pad is gone; write np.pad",
        ),
        (
            "TypeError: reshape() got an unexpected keyword argument 'newshape'",
            "this needs an older NumPy: reshape takes shape=, not newshape=",
        ),
        (
            "TypeError: only 0-dimensional arrays can be converted to Python scalars",
            "an array stands where one number is needed: write np.exp for math.exp, say; "
            "where the array has one element, x.item() is its number",
        ),
        (
            "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?",
            "this is Python 2: print is a function now",
        ),
        (
            "TypeError: 'float' object cannot be interpreted as an integer",
            "a float stands where a whole number is needed: / gives a float; sizes and indices need //",
        ),
        (
            "ModuleNotFoundError: No module named 'urllib2'",
            "this is Python 2: there is no module 'urllib2' any more",
        ),
        (
            "ModuleNotFoundError: No module named 'past.builtins'",
            "this is Python 2: there is no module 'past' any more",
        ),
        (
            "ModuleNotFoundError: No module named 'cs231n.layers.fast'",
            "it imports 'cs231n', which this assignment does not provide: "
            "hand in a file that works without it",
        ),
        (
            "ModuleNotFoundError: No module named 'submission.layers'",
            "it imports a file that was not handed in: hand in all files",
        ),
        (
            "ImportError: attempted relative import with no known parent package",
            "it imports from a package of the course's: hand in all files",
        ),
        ("NameError: name 'xrange' is not defined", "this is Python 2: xrange is gone"),
        ("TypeError: reshape() got an unexpected keyword argument 'axis'", ""),
        ("NameError: name 'gamma' is not defined", ""),
        ("ValueError: shapes (3,) and (4,) are not aligned", ""),
    ],
)
def test_what_an_exception_says_of_the_environment(raised: str, says: str) -> None:
    assert said_of(f"raised {raised}") == says
    assert said_of("raised as it was imported", f"Traceback\n{raised}") == says


def test_only_what_was_raised_speaks_of_it() -> None:
    raised = "NameError: name 'xrange' is not defined"
    assert said_of(raised)
    assert not said_of(raised, verdict=Verdict.TIMEOUT)


def test_a_trouble_that_explains_nothing_hides_no_other() -> None:
    """A name of the student's own is none, whatever else the text speaks of."""
    lines = "NameError: name 'gamma' is not defined", "attempted relative import with no known parent"
    assert said_of(*lines) == "it imports from a package of the course's: hand in all files"


def test_of_a_long_text_the_end_counts() -> None:
    """There the exception stands: what came before may speak of anything."""
    raised = "NameError: name 'xrange' is not defined"
    assert said_of("raised", "x" * 5000 + raised)
    assert not said_of("raised", raised + "x" * 5000)
