"""What training returned, whatever it is: a sentence about it, or nothing where it is of use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from suites.parameters import numbers_in, real, unfit
from suites.problems import Disc
from suites.terms import Budget, Network, Terms
from suites.types import Opaque

OPEN = Terms(Disc(), budget=Budget(numbers=100))
NETWORK = Network((2, 3, 2), steps=10)
CLOSED = Terms(Disc(), NETWORK)
HUGE = 1 << 200
OTHER = "fit returned a weight that is no array of real numbers"
SHAPES = "fit did not return weights of the shapes that it was given"


def weights(last: Any) -> list[Any]:
    """Right ones, but for the last."""
    return [*NETWORK.initial(0)[:-1], last]


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (np.zeros(2), ""),
        ([0.0, 1.0], ""),
        ((True, 1 << 63), ""),
        ([(1 << 64) - 1, 0], ""),
        ([1 << 64, 0], OTHER),
        ([-(1 << 63), 0], ""),
        ([-(1 << 63) - 1, 0], OTHER),
        ([HUGE, 1], OTHER),
        ([HUGE, 0.5], OTHER),
        (np.zeros(2, complex), OTHER),
        ([1j, 1.0], OTHER),
        (["0.0", "1.0"], OTHER),
        ("ab", OTHER),
        ({"a": 0.0, "b": 1.0}, OTHER),
        ([None, 1.0], OTHER),
        (None, OTHER),
        ([[0.0], [1.0, 2.0]], OTHER),
        (np.zeros(3), SHAPES),
        (0.0, SHAPES),
        ([0.0, float("nan")], "diverged: its parameters are not finite"),
        (np.array([0.0, np.inf], np.float32), "diverged: its parameters are not finite"),
    ],
)
def test_weights_of_a_fixed_network_are_real_numbers_of_its_shapes(last: Any, says: str) -> None:
    assert unfit(CLOSED, weights(last)) == says


@pytest.mark.parametrize("returned", [3, HUGE, "weights", {}, {"w": 1.0}, [], np.zeros(4), (1j,)])
def test_what_is_no_list_of_weights_is_told_as_that(returned: Any) -> None:
    assert unfit(CLOSED, returned) in (SHAPES, OTHER)


def test_weights_that_were_changed_and_not_returned_are_told_as_that() -> None:
    assert unfit(CLOSED, None) == "fit returned None"


def test_a_long_text_among_weights_takes_no_memory() -> None:
    """An array of text has room for the longest in every entry: this one would be 64 GB."""
    assert unfit(CLOSED, weights(["x" * (1 << 16)] + [""] * (1 << 18))) == OTHER


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (None, ""),
        ({"w": np.zeros(99), "bias": 1.0, "kind": "relu", "more": None}, ""),
        ([np.zeros(60), (np.zeros(40), 1)], "its parameters hold 101 numbers, 100 may be"),
        (np.zeros(51, complex), "its parameters hold 102 numbers, 100 may be"),
        ([HUGE], "fit returned an integer of more than 64 bits"),
        ("x" * 101, "its parameters hold 101 characters of text, 100 may be"),
        ({"x" * 60: 1.0, "y": ["z" * 40]}, "its parameters hold 101 characters of text, 100 may be"),
        ([complex(0, np.inf)], "diverged: its parameters are not finite"),
        ({"a": [np.nan]}, "diverged: its parameters are not finite"),
        (np.zeros(100), ""),
        (np.zeros(50, complex), ""),
        ("x" * 100, ""),
        ([-(1 << 63), (1 << 64) - 1], ""),
        ([-(1 << 63) - 1], "fit returned an integer of more than 64 bits"),
        ([1 << 64], "fit returned an integer of more than 64 bits"),
        ([1e300], ""),  # but for the integers any size will do
        ([np.array([np.nan, 1.0])], "diverged: its parameters are not finite"),
        ([1.0, np.inf], "diverged: its parameters are not finite"),
        ([("a" * 50, ["b" * 51])], "its parameters hold 101 characters of text, 100 may be"),
        ({"k" * 101: {}}, "its parameters hold 101 characters of text, 100 may be"),
        (
            Opaque("a dict with 0 as a key"),
            "fit returned something that is neither arrays nor numbers, "
            "in lists, tuples or dictionaries with text as keys",
        ),
    ],
)
def test_parameters_are_arrays_and_numbers_and_not_too_many(returned: Any, says: str) -> None:
    assert unfit(OPEN, returned) == says


def test_numbers_are_counted_and_names_are_not() -> None:
    assert numbers_in({"weights": [np.zeros((3, 4)), 1, 2.5, True], "kind": "relu", "none": None}) == 15
    assert numbers_in((1j, np.zeros(2, complex))) == 6
    assert numbers_in("12345") == 0


def test_labels_are_read_from_lists_and_arrays_of_real_numbers() -> None:
    found = real([[1], [2]])
    assert found is not None
    assert found.tolist() == [[1], [2]]
    assert real([np.zeros(2), np.ones(2)]) is not None
    for other in ("1", ["1"], [1, 1j], [HUGE, 1], {"a": 1}, [{"a": 1}], [[1], [1, 2]], None):
        assert real(other) is None
