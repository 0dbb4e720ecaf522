"""The assignment `dropout`, used as an instructor would: sealed, asked, judged."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assignments
from grader.judge import judge_answers
from grader.loopback import loopback
from grader.plan import Plan, make_plan
from suites.chance import LEVEL, count_of_tests
from suites.handout import refresh
from suites.questions import ask_cases
from suites.types import Answer, Call, Finding, Ref, Reply, Verdict

FOLDER = assignments.find("dropout")
ASSIGNMENT = assignments.load(FOLDER)
VARIANTS = ASSIGNMENT.all_variants
SOLUTIONS = sorted((FOLDER / "solutions").glob("*.py"))
BASE = (FOLDER / "solutions" / "course_style.py").read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@cache
def plan(seed: int) -> Plan:
    return make_plan(FOLDER, bytes([seed]))


class Worn:
    """A student who runs the oracles, one of them replaced, on arrays of one precision."""

    def __init__(self, v: Any = None, dtype: Any = np.float64, seed: int = 0) -> None:
        self.v, self.dtype = v, dtype
        self.rng = np.random.default_rng([seed, 99])
        self.kept: dict[str, Any] = {}
        self.functions = {op.forward: op.oracle for op in ASSIGNMENT.ops}
        self.functions |= {str(op.backward): op.gradient for op in ASSIGNMENT.ops}

    def ask(self, *calls: Call) -> list[Answer]:
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Answer:
        function: Any = self.functions[str(call.do)]
        if self.v is not None and self.v.of is function:
            function = self.v.wrong
        args = [self.kept[a.name] if isinstance(a, Ref) else self._narrow(a) for a in call.args]
        with np.errstate(all="ignore"):
            returned = function(*args, self.rng)
        if len(call.results) == 1:
            return Reply((self._narrow(returned),), tuple(call.args[i] for i in call.echo))
        out, kept = returned
        self.kept[call.results[1].name] = kept
        return Reply((self._narrow(out),), tuple(call.args[i] for i in call.echo))

    def _narrow(self, value: Any) -> Any:
        return value.astype(self.dtype) if isinstance(value, np.ndarray) else value


def judged(student: Any, seed: int = 1) -> list[Finding]:
    return judge_answers(plan(seed), ask_cases(student, plan(seed).all_cases), student)


def graded(text: str, seed: int = 1) -> list[Finding]:
    with loopback({"dropout.py": text}, "dropout.py", plan(seed).limits) as student:
        return judged(student, seed)


def score(findings: list[Finding]) -> Fraction:
    return sum((f.score for f in findings), Fraction(0))


def named(findings: list[Finding]) -> dict[tuple[str, str], str]:
    return {(f.part, f.tensor): f.diagnosis.id for f in findings if f.diagnosis}


def test_ten_points_and_a_fresh_handout() -> None:
    assert plan(1).max_score == 10
    text = (FOLDER / "handout.md").read_text(encoding="utf-8")
    assert refresh(text, ASSIGNMENT) == text


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)
def test_solutions_get_full_marks(solution: Path, seed: int) -> None:
    findings = graded(solution.read_text(encoding="utf-8"), seed)
    assert {f.verdict for f in findings} == {Verdict.PASS}
    assert score(findings) == 10
    assert not named(findings)


def test_the_oracles_pass_unnamed() -> None:
    for seed in range(20):
        findings = judged(Worn(seed=seed), seed % 3)
        assert score(findings) == 10
        assert not named(findings)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("v", VARIANTS, ids=lambda v: f"{v.of.__name__}-{v.id}")
def test_each_variant_is_named(v: Any, dtype: Any) -> None:
    for seed in (0, 1) if dtype is np.float64 else (2,):
        findings = judged(Worn(v, dtype, seed), seed)
        assert set(named(findings).values()) == {v.id}
        lost = 10 - score(findings)
        off = [f for f in findings if f.verdict is not Verdict.PASS or f.credit < 1]
        assert all(f.diagnosis and f.diagnosis.id == v.id for f in off)
        assert 0 < lost <= (Fraction(1, 2) if v.kind == "note" else 10)


def test_a_right_solution_fails_less_than_once_in_a_million() -> None:
    tests = sum(
        count_of_tests(len(np.shape(c.inputs["x"]))) for c in plan(1).all_cases if not c.chance.law.certain
    )
    assert tests * LEVEL < 1e-6
