"""Greedy repeats match what possessive ones match, in every pattern of ours that a student's Python reads."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.intake import magics, notebooks
from grader.intake.possessive import greedy

PATTERNS = {
    name: value
    for module in (magics, notebooks)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern) and re.search(r"[*+]\+", value.pattern)
}
TEXTS = st.text(alphabet="'\"\\#\n%!?=[]{}() \tabtime_.,-" + string.digits[:2], max_size=40)


def spans(pattern: re.Pattern[str], text: str) -> list[tuple[tuple[int, int], ...]]:
    return [
        tuple(found.span(group) for group in range(pattern.groups + 1)) for found in pattern.finditer(text)
    ]


def test_they_are_found() -> None:
    assert {"_TOKEN", "_COMMAND", "_TIMED", "_ASSIGNED", "_STRING", "_NOT_NESTING"} == set(PATTERNS)


@pytest.mark.parametrize("name", PATTERNS)
@given(text=TEXTS)
def test_a_greedy_pattern_matches_the_same(name: str, text: str) -> None:
    pattern = PATTERNS[name]
    plain = re.compile(greedy(pattern.pattern), pattern.flags)
    assert plain.pattern != pattern.pattern
    assert spans(plain, text) == spans(pattern, text)
