"""How much is told of a mistake, and that nothing names it before it may be named."""

from dataclasses import replace
from fractions import Fraction

import pytest

from suites import Assignment, AuthoringError
from suites.depth import DEPTHS, at_depth, shallower
from suites.types import Diagnosis, Finding, Verdict

SAID = Diagnosis("dx is off", "bn.mean", "You forget the mean.", "On what does mu depend?", "Lecture 5")
FOUND = Finding(
    "part", "gradient", "dx", "ordinary", Verdict.FAIL, "values differ", Fraction(0), Fraction(1), SAID
)


def test_each_depth_tells_more_than_the_one_before():
    assert at_depth(FOUND, "symptom").diagnosis == Diagnosis("dx is off")
    asked = Diagnosis("dx is off", hint=SAID.hint, lecture=SAID.lecture)
    assert at_depth(FOUND, "question").diagnosis == asked
    assert at_depth(FOUND, "name") == FOUND


@pytest.mark.parametrize("depth", DEPTHS)
def test_what_has_no_diagnosis_stays_as_it_is(depth):
    plain = replace(FOUND, diagnosis=None)
    assert at_depth(plain, depth) == plain


@pytest.mark.parametrize(
    ("verdict", "cause", "said"),
    [
        (Verdict.FAIL, "values differ", "values differ"),
        (Verdict.FAIL, "", "it does not agree"),
        (Verdict.PASS, "", "right, by another convention"),
    ],
)
def test_without_a_symptom_the_cause_is_said(verdict, cause, said):
    bare = replace(FOUND, verdict=verdict, cause=cause, diagnosis=replace(SAID, symptom=""))
    assert at_depth(bare, "symptom").diagnosis == Diagnosis(said)
    assert at_depth(bare, "question").diagnosis == Diagnosis("", hint=SAID.hint, lecture=SAID.lecture)


def test_of_two_depths_the_one_that_tells_less():
    assert shallower("name", "question") == "question"
    assert shallower("question", "symptom") == "symptom"


def test_another_word_is_the_authors_mistake():
    with pytest.raises(AuthoringError, match="tells is 'everything'; use one of symptom, question, name"):
        Assignment("A layer", "layer.py", (), tells="everything")
