"""The assignment `pooling`, used as an instructor would: sealed, asked, judged."""

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assignments
from grader.judge import judge_answers
from grader.loopback import loopback
from grader.plan import Plan, make_plan
from suites.handout import refresh
from suites.questions import ask_cases
from suites.tolerance import DOUBLE, SINGLE, Band, compare
from suites.types import Answer, Call, Case, Failure, Finding, Ref, Reply, Verdict

FOLDER = assignments.find("pooling")
ASSIGNMENT = assignments.load(FOLDER)
VARIANTS = ASSIGNMENT.all_variants
PLANS = {seed: make_plan(FOLDER, seed) for seed in (b"one", b"two")}
PLAN = PLANS[b"one"]
BASE = (FOLDER / "solutions" / "window_loops.py").read_text(encoding="utf-8")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

# Right by luck: on square maps, where windows lie side by side and cover all of it.
UNUSUAL_ONLY = {
    "avgpool.divided-by-stride",
    "pool.ceil-floor",
    "pool.height-for-width",
    "pool.overlap-assign",
    "pool.overlap-assign-maximum",
    "pool.stride-is-size",
    "pool.ties-all",
    "pool.ties-last",
    "pool.ties-shared",
}
BY_CHANCE = {"pool.from-zero"}  # an ordinary window may have no positive number


class InProcess:
    """A student whose functions are called right here, on float32 arrays if `single`."""

    def __init__(self, functions: dict[str, Callable[..., Any]], single: bool = False) -> None:
        self.functions, self.single = functions, single
        self.kept: dict[str, Any] = {}

    def ask(self, *calls: Call) -> list[Answer]:
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Answer:
        if any(isinstance(a, Ref) and a.name not in self.kept for a in call.args):
            return Failure(Verdict.SKIPPED, "the forward raised")
        args = [self.kept[a.name] if isinstance(a, Ref) else self._cast(a) for a in call.args]
        try:
            with np.errstate(all="ignore"):
                returned = self.functions[str(call.do)](*args)
        except (ValueError, IndexError) as error:
            return Failure(Verdict.ERROR, "raised", str(error))
        parts = [returned] if len(call.results) == 1 else list(returned)
        for ref, part in zip(call.results, parts, strict=True):
            if ref is not None:
                self.kept[ref.name] = part
        values = tuple(part for ref, part in zip(call.results, parts, strict=True) if ref is None)
        return Reply(values, tuple(call.args[i] for i in call.echo))

    def _cast(self, value: Any) -> Any:
        return value.astype(np.float32) if self.single and isinstance(value, np.ndarray) else value


def judged(plan: Plan, student: Any) -> list[Finding]:
    return judge_answers(plan, ask_cases(student, plan.all_cases), student)


def graded(text: str, plan: Plan = PLAN) -> list[Finding]:
    with loopback({plan.submit: text}, plan.submit, plan.limits) as student:
        return judged(plan, student)


def score(findings: list[Finding]) -> Fraction:
    return sum((f.score for f in findings), Fraction(0))


def named(findings: list[Finding]) -> dict[str, str]:
    """Part to the id of the diagnosis; empty where there is a diagnosis without a name."""
    return {f.part: f.diagnosis.id for f in findings if f.diagnosis}


def oracles() -> dict[str, Callable[..., Any]]:
    ops = ASSIGNMENT.ops
    return {op.forward: op.oracle for op in ops} | {op.backward: op.gradient for op in ops if op.backward}


def with_mistake(v: Any, single: bool = False) -> InProcess:
    """The oracles, one of them replaced by a variant; where that keeps no cache, the right one is kept."""
    functions = oracles()
    (name,) = (name for name, function in functions.items() if function is v.of)

    def wrong(*args: Any) -> Any:
        returned = v.wrong(*args)
        if isinstance(returned, tuple) and returned[-1] is None:
            return (*returned[:-1], v.of(*args)[-1])
        return returned

    return InProcess({**functions, name: wrong}, single)


def visible(value: np.ndarray, case: Case, tensor: str, unit: float) -> bool:
    return compare(value, case.expected[tensor], case.amplification[tensor], unit).band is not Band.ROUNDING


def test_ten_points() -> None:
    assert PLAN.max_score == 10


def test_the_handout_is_fresh() -> None:
    text = (FOLDER / "handout.md").read_text(encoding="utf-8")
    assert refresh(text, ASSIGNMENT) == text


def test_hidden_kinds_have_a_public_sibling() -> None:
    for op in ASSIGNMENT.ops:
        public = {r.name for r in op.regimes if r.public}
        assert all(r.public or r.like in public for r in op.regimes), op.forward


def test_ordinary_maps_are_square_and_covered() -> None:
    """Whoever is right by luck must lose the unusual tier alone."""
    for case in PLAN.all_cases:
        if case.tier == "ordinary":
            *_, height, width = case.inputs["x"].shape
            assert height == width
            assert case.inputs["size"] == case.inputs["stride"]
            assert height % case.inputs["size"] == 0


@pytest.mark.parametrize("solution", sorted((FOLDER / "solutions").glob("*.py")), ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", PLANS)
def test_solutions_get_full_marks(seed: bytes, solution: Path) -> None:
    findings = graded(solution.read_text(encoding="utf-8"), PLANS[seed])
    assert {f.verdict for f in findings} == {Verdict.PASS}
    assert score(findings) == 10


@pytest.mark.parametrize("single", [False, True])
def test_the_oracles_pass_unnamed(single: bool) -> None:
    findings = judged(PLAN, InProcess(oracles(), single))
    assert score(findings) == 10
    assert not named(findings)


@pytest.mark.parametrize(("seed", "single"), [(b"one", False), (b"two", False), (b"one", True)])
@pytest.mark.parametrize("v", VARIANTS, ids=lambda v: f"{v.of.__name__}-{v.id}")
def test_each_variant_is_named(v: Any, seed: bytes, single: bool) -> None:
    findings = judged(PLANS[seed], with_mistake(v, single))
    assert set(named(findings).values()) == {v.id}
    if v.kind == "accept":
        assert score(findings) == 10
    else:
        assert score(findings) < 10
        assert any(f.verdict is Verdict.FAIL for f in findings)


@pytest.mark.parametrize("seed", PLANS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for op, unit in itertools.product(ASSIGNMENT.ops, (DOUBLE, SINGLE)):
        shown = {
            id
            for case in PLANS[seed].cases[op.forward]
            for id, values in case.variants.items()
            if case.tier == "ordinary" and any(visible(a, case, t, unit) for t, a in values.items())
        }
        mine = {v.id for v in VARIANTS if v.of in (op.oracle, op.gradient)}
        assert shown - BY_CHANCE == mine - UNUSUAL_ONLY - BY_CHANCE


@pytest.mark.parametrize("seed", PLANS)
def test_no_two_variants_coincide(seed: bytes) -> None:
    for cases in PLANS[seed].cases.values():
        ids = sorted({id for case in cases for id in case.variants})
        for tensor, (a, b) in itertools.product(cases[0].expected, itertools.combinations(ids, 2)):
            pairs = [(c.variants.get(a, {}).get(tensor), c.variants.get(b, {}).get(tensor)) for c in cases]
            both = [(x, y) for x, y in pairs if x is not None and y is not None]
            assert not both or any(differ(x, y) for x, y in both), (tensor, a, b)


def differ(x: np.ndarray, y: np.ndarray) -> bool:
    """By more than single precision hides."""
    return x.shape != y.shape or not np.allclose(x, y, rtol=1e-4, atol=1e-6)


def test_stubs_earn_nothing() -> None:
    starter = (FOLDER / "starter" / "pooling.py").read_text(encoding="utf-8")
    assert score(graded(starter)) == 0


ZEROS = """
import numpy as np
def max_pool_forward(x, size, stride):
    return np.zeros((*x.shape[:2], *((n - size) // stride + 1 for n in x.shape[2:]))), x
def max_pool_backward(dout, cache): return np.zeros_like(cache)
avg_pool_forward, avg_pool_backward = max_pool_forward, max_pool_backward
"""

IDENTITY = """
def max_pool_forward(x, size, stride): return x, x
def max_pool_backward(dout, cache): return cache
avg_pool_forward, avg_pool_backward = max_pool_forward, max_pool_backward
"""


@pytest.mark.parametrize("text", [ZEROS, IDENTITY], ids=["zeros", "identity"])
def test_consistent_stubs_earn_nothing(text: str) -> None:
    assert score(graded(text)) == 0


def replaced(old: str, new: str, text: str = BASE) -> str:
    assert old in text
    return text.replace(old, new)


MASKS = (FOLDER / "solutions" / "masks.py").read_text(encoding="utf-8")
AVERAGE = "dx[n, c, rows, cols] += dout"
MISTAKES = {
    "assigned where windows overlap": (
        replaced("+=", "="),
        {"max backward": "pool.overlap-assign-maximum", "average backward": "pool.overlap-assign"},
        Fraction(65, 100),
    ),
    "whole windows assigned": (
        replaced("+=", "=", MASKS),
        {"max backward": "", "average backward": "pool.overlap-assign"},  # and ties
        Fraction(65, 100),
    ),
    "the last windows are forgotten": (
        replaced("range(W_out)", "range(W_out - 1)").replace("range(H_out)", "range(H_out - 1)"),
        dict.fromkeys([part.name for part in ASSIGNMENT.parts], "pool.last-window"),
        Fraction(35, 10) + Fraction(65, 20),
    ),
    "means everywhere": (
        replaced("np.max(window)", "np.mean(window)").replace(
            "dx[n, c, i * stride + row, j * stride + col] += dout[n, c, i, j]",
            "dx[n, c, i * stride:, j * stride:][:size, :size] += dout[n, c, i, j] / size**2",
        ),
        {"max forward": "pool.average", "max backward": "pool.average"},
        4,
    ),
    "a place in the window": (
        replaced("dx[n, c, i * stride + row, j * stride + col]", "dx[n, c, row, col]"),
        {"max backward": "pool.index-in-window"},
        4,
    ),
    "sums, and consistently so": (
        replaced("np.mean(window)", "np.sum(window)").replace(" / (size * size)", ""),
        {"average forward": "avgpool.no-divide", "average backward": "avgpool.no-divide"},
        Fraction(15, 10) + Fraction(125, 100),
    ),
    "the maximum starts at zero": (
        replaced("np.max(window)", "max(0, np.max(window))"),
        {"max forward": "pool.from-zero"},
        None,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    text, names, lost = MISTAKES[mistake]
    findings = graded(text)
    assert named(findings) == names
    assert lost is None or 10 - score(findings) == lost


TIES = {"first": "0", "last": "-1", "some": "c % (window == window.max()).sum()"}


@pytest.mark.parametrize("which", TIES)
def test_any_of_equal_maxima_may_get_the_gradient(which: str) -> None:
    old = "np.unravel_index(np.argmax(window), window.shape)"
    assert score(graded(replaced(old, f"np.argwhere(window == window.max())[{TIES[which]}]"))) == 10


def test_no_pixel_but_a_maximum_may_get_the_gradient_of_a_tie() -> None:
    old = "np.unravel_index(np.argmax(window), window.shape)"
    findings = graded(replaced(old, "np.argwhere(window == window.max())[0] * (window.max() > 0)"))
    assert score(findings) < 10
