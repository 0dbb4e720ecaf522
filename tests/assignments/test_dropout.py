"""What is peculiar to the assignment `dropout`; what holds for all of them is in test_bundled.py."""

from fractions import Fraction

import numpy as np
import pytest

from suites.chance import LEVEL, count_of_tests
from suites.direct import Direct, oracles

from .proving import SEEDS, judged, lost, named, proof

PROOF = proof("dropout")


def test_a_right_solution_fails_less_than_once_in_a_million() -> None:
    random = [case for case in PROOF.plan().all_cases if not case.chance.law.certain]
    assert sum(count_of_tests(len(np.shape(case.inputs["x"]))) for case in random) * LEVEL < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_the_oracles_pass_whatever_they_draw(seed: bytes) -> None:
    student = Direct(oracles(PROOF.assignment.ops))
    for _ in range(5):
        np.random.seed()
        findings = judged(PROOF.plan(seed), student)
        assert lost(findings) == 0
        assert not named(findings)


def test_who_keeps_with_p_loses_a_tenth_whether_or_not_p_may_be_zero() -> None:
    """At p = 0 nothing is kept then; who divides by p all the same gets NaN, and is no better off."""
    code = (
        "def dropout_forward(x, p, mode):\n"
        "    with np.errstate(all='ignore'):\n"
        "        mask = (np.random.rand(*x.shape) < p) * {0} if mode == 'train' else None\n"
        "    return (x * mask if mode == 'train' else x), (p, mode, mask)"
    )
    base = PROOF.solution("course_style")
    for scale, id in (
        ("np.float64(1) / p", "drop.keep-is-drop"),
        ("(1 / p if p else 0)", "drop.keep-is-drop-guarded"),
    ):
        findings = PROOF.graded(f"{base}\n\n{code.format(scale)}\n")
        names = named(findings)
        assert names[("training", "out")] == id
        assert lost(findings) == Fraction(1, 4)
