"""Which mistake a tensor shows, and what is said where several would show the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from suites.diagnosis import Named, matching_variants, name_mistake
from suites.questions import Observed
from suites.types import Case, Diagnosis, Failure, Misconception, Signature, Verdict

X = np.array([[3.0, -1.0, 0.5], [2.0, 4.0, -2.5]])


def words(id: str, kind: str = "wrong") -> Misconception:
    return Misconception(id, kind, f"It is {id}.", f"Why {id}?", f"lecture of {id}")


WORDS = {id: words(id) for id in ("a", "b", "c")}


def seen(
    got: Mapping[str, Any],
    expected: Mapping[str, np.ndarray],
    terms: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    id: str = "f/rows/0",
    kinked: bool = False,
    signature: Signature | None = None,
    **variants: Mapping[str, np.ndarray],
) -> Observed:
    case = Case(
        id=id,
        signature=signature or Signature("f", ("x",), tuple(expected), None, ()),
        regime="rows",
        about="Rows.",
        tier="ordinary",
        public=True,
        strict=True,
        checks=frozenset({"forward"}),
        inputs={"x": X, "n": 3},
        upstream=None,
        expected=expected,
        amplification=dict.fromkeys(expected, 1.0),
        variants=variants,
        terms=terms or {},
        kinked=kinked,
    )
    return Observed(case, got)


def named(*cases: Observed, tensor: str = "out") -> Named:
    found = name_mistake(tensor, cases, WORDS)
    assert found is not None
    return found


RIGHT = {"out": np.ones(6), "other": np.ones(6)}
OFF = {"out": np.array([1.0, 7.0, 1.0, 1.0, 1.0, 1.0]), "other": np.ones(6)}


def test_one_mistake_is_named_with_all_its_words() -> None:
    found = named(seen(OFF, RIGHT, a={"out": OFF["out"]}, b={"out": 2 * OFF["out"]}))
    symptom = "a single entry of out is off"
    assert found == Named(Diagnosis(symptom, "a", "It is a.", "Why a?", "lecture of a"), "wrong")


def test_of_two_that_nothing_tells_apart_both_are_named_with_the_hint_of_the_first() -> None:
    same = {"out": OFF["out"]}
    found = named(seen(OFF, RIGHT, a=same, b=same))
    assert found == Named(
        Diagnosis("a single entry of out is off", "", "One of: It is a or It is b.", "Why a?"), "wrong"
    )


def test_what_another_output_bears_out_is_named() -> None:
    """a says that `other` is off, which it is not; b says that it is off as it is; c says nothing of it."""
    off = {**OFF, "other": 5 * np.ones(6)}
    a = {"out": OFF["out"], "other": 9 * np.ones(6)}
    b = {"out": OFF["out"], "other": off["other"]}
    c = {"out": OFF["out"]}
    assert named(seen(off, RIGHT, a=a, b=b, c=c)).diagnosis.id == "b"
    assert named(seen(off, RIGHT, a=a, c=c)).diagnosis.id == "c"
    assert named(seen(OFF, RIGHT, a=a, b=b, c=c)).diagnosis.id == "c"


def test_where_every_other_output_speaks_against_all_of_them_all_are_named() -> None:
    a = {"out": OFF["out"], "other": 9 * np.ones(6)}
    b = {"out": OFF["out"], "other": 8 * np.ones(6)}
    assert named(seen(OFF, RIGHT, a=a, b=b)).diagnosis.says == "One of: It is a or It is b."


def test_a_mistake_that_overflows_is_known() -> None:
    """inf is itself, and no distance from it is 0; -inf is another."""
    wrong = np.array([np.inf, 1.0, 1.0, np.nan, 1.0, 1.0])
    for got, ids in ((wrong, ("a",)), (np.where(np.isinf(wrong), -wrong, wrong), ()), (np.ones(6), ())):
        o = seen({"out": got, "other": RIGHT["other"]}, RIGHT, a={"out": wrong})
        assert matching_variants("out", [o]) == ids


def test_the_symptom_is_of_what_was_returned() -> None:
    """Twice what is expected, and not half of it; a term of its formula; an argument of its own."""
    expected = np.array([[1.0, 2.0, -4.0], [3.0, 0.5, 1.0]])
    twice = named(seen({"out": 3 * expected}, {"out": expected}))
    assert twice.diagnosis.symptom == "every entry of out is off by the same factor: the size of axis 1"
    assert twice.kind == ""
    parts = {"out": {"mean": expected - X, "scale": X}}
    assert named(seen({"out": X}, {"out": expected})).diagnosis.symptom == "out is the argument x, unchanged"
    assert (
        named(seen({"out": expected - X}, {"out": expected}, parts)).diagnosis.symptom
        == 'in out, the term "scale" is missing'
    )


def test_what_another_tensor_should_hold_was_returned_in_its_place() -> None:
    column = np.arange(1.0, 7.0).reshape(6, 1)
    expected = {"out": np.float64(3.0), "other": column}
    case, again = (seen({"out": factor * column, "other": 3.0}, expected) for factor in (1.0, 2.0))
    found = named(case).diagnosis
    assert found == Diagnosis("out holds what other should hold: check the order of what is returned")
    assert named(case, tensor="other").diagnosis.symptom.startswith("other holds what out should hold")
    right = seen(expected, expected)
    assert named(case, right).diagnosis == found
    assert name_mistake("out", [case, again], WORDS) is None
    few = seen({"out": np.zeros((6, 1))}, {"out": np.float64(1.0), "other": np.zeros((6, 1))})
    assert named(case, few).diagnosis == found
    nothing = {"out": np.ones(2), "other": np.zeros(2)}
    assert named(seen({"out": np.zeros(2)}, nothing)).diagnosis.symptom == "out is zero everywhere"


def test_a_gradient_in_the_place_of_another_is_told_where_some_of_it_is_not_zero() -> None:
    signature = Signature("f", ("w", "x"), ("out",), "b", ("w", "x"))
    dw, dx = np.array([0.0, 2.0, 3.0]), np.array([5.0, 6.0, 7.0])
    expected = {"out": np.ones(3), "dw": dw, "dx": dx}
    case = seen({"out": np.ones(3), "dw": dx, "dx": dw}, expected, signature=signature)
    assert named(case, tensor="dx").diagnosis.symptom.startswith("dx holds what dw should hold")


def test_only_cases_that_are_off_have_a_symptom() -> None:
    off = seen({"out": OFF["out"]}, {"out": RIGHT["out"]})
    right = seen({"out": RIGHT["out"]}, {"out": RIGHT["out"]})
    failed = seen({"out": Failure(Verdict.ERROR, "raised")}, {"out": RIGHT["out"]})
    shapeless = seen({"out": np.ones(5)}, {"out": RIGHT["out"]})
    nothing = seen({}, {"out": RIGHT["out"]})
    assert named(off, right, failed, shapeless, nothing).diagnosis.symptom == "a single entry of out is off"
    assert name_mistake("out", [failed, shapeless], WORDS) is None


def test_what_hides_the_mistake_is_set_aside() -> None:
    """On some inputs the student overflows too, on others it takes another side of a kink."""
    plain = seen(OFF, RIGHT, a={"out": OFF["out"]}, b={"out": 2 * OFF["out"]})
    overflows = {"out": np.full(6, np.inf)}
    elsewhere = {"out": 3 * np.ones(6)}
    hidden = [
        seen(overflows, RIGHT, a={"out": OFF["out"]}, b={"out": OFF["out"]}, id="huge"),
        seen(elsewhere, RIGHT, a={"out": OFF["out"]}, b={"out": OFF["out"]}, id="tie", kinked=True),
        seen({"out": Failure(Verdict.ERROR, "raised")}, RIGHT, a={"out": OFF["out"]}, id="raises"),
    ]
    found = named(plain, *hidden)
    assert (found.diagnosis.id, found.kind) == ("a", "wrong")
    assert found.aside == {"huge", "tie", "raises"}
    assert named(plain).aside == frozenset()
    assert name_mistake("out", [plain, seen(elsewhere, RIGHT, a={"out": OFF["out"]}, id="b")], WORDS) is None


def test_where_only_what_was_set_aside_is_off_nothing_is_named() -> None:
    right = seen(RIGHT, RIGHT, a={"out": RIGHT["out"]})
    overflows = seen({"out": np.full(6, np.inf)}, RIGHT, a={"out": OFF["out"]}, id="huge")
    assert named(right, overflows).diagnosis == Diagnosis(
        "out holds infinities: something overflows, or is divided by zero"
    )
