"""What is peculiar to the assignment `dropout`; what holds for all of them is in test_bundled.py."""

import numpy as np
import pytest

from suites.chance import LEVEL, count_of_tests
from suites.proof import Direct, oracles

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
