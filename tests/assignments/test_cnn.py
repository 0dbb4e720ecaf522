"""The assignment `cnn`, used as an instructor would: sealed, asked, judged."""

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

FOLDER = assignments.find("cnn")
ASSIGNMENT = assignments.load(FOLDER)
VARIANTS = ASSIGNMENT.all_variants
PLANS = {seed: make_plan(FOLDER, seed) for seed in (b"one", b"two")}
PLAN = PLANS[b"one"]
BASE = (FOLDER / "solutions" / "course_style.py").read_text(encoding="utf-8")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

UNUSUAL_ONLY = {"conv.crop-empty"}  # right by luck: with padding


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
    """Tensor to the id of the diagnosis; empty where there is a diagnosis without a name."""
    return {f.tensor: f.diagnosis.id for f in findings if f.diagnosis}


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


def test_ordinary_images_and_kernels_are_square() -> None:
    """Taking the height for the width must cost the unusual tier alone."""
    for case in PLAN.all_cases:
        if case.tier == "ordinary":
            for name in ("x", "w1"):
                assert case.inputs[name].shape[2] == case.inputs[name].shape[3]
            assert case.inputs["pad"] > 0


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
@pytest.mark.parametrize("v", VARIANTS, ids=lambda v: v.id)
def test_each_variant_is_named(v: Any, seed: bytes, single: bool) -> None:
    findings = judged(PLANS[seed], with_mistake(v, single))
    assert set(named(findings).values()) == {v.id}
    assert score(findings) < 10
    assert any(f.verdict is Verdict.FAIL for f in findings)


@pytest.mark.parametrize("seed", PLANS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    for unit in (DOUBLE, SINGLE):
        shown = {
            id
            for case in PLANS[seed].all_cases
            for id, values in case.variants.items()
            if case.tier == "ordinary" and any(visible(a, case, t, unit) for t, a in values.items())
        }
        assert shown == {v.id for v in VARIANTS} - UNUSUAL_ONLY


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
    starter = (FOLDER / "starter" / "cnn.py").read_text(encoding="utf-8")
    assert score(graded(starter)) == 0


ZEROS = """
import numpy as np
def cnn_forward(x, w1, b1, w2, b2, stride, pad): return np.zeros((len(x), len(b2))), (x, w1, b1, w2, b2)
def cnn_backward(dscores, cache): return tuple(np.zeros_like(a) for a in cache)
"""

IDENTITY = """
def cnn_forward(x, w1, b1, w2, b2, stride, pad): return x, (x, w1, b1, w2, b2)
def cnn_backward(dscores, cache): return cache
"""


@pytest.mark.parametrize("text", [ZEROS, IDENTITY], ids=["zeros", "identity"])
def test_consistent_stubs_earn_nothing(text: str) -> None:
    assert score(graded(text)) == 0


def replaced(old: str, new: str, text: str = BASE) -> str:
    assert old in text
    return text.replace(old, new)


CLASSES = (FOLDER / "solutions" / "layer_classes.py").read_text(encoding="utf-8")
MISTAKES = {
    "no ReLU, and consistently so": (
        replaced("ReLU(), ", "", CLASSES).replace("net[-1]", "net[3]"),
        dict.fromkeys(("scores", "dx", "dw1", "db1", "dw2"), "cnn.no-relu"),
        3 + 3,
    ),
    "no ReLU in the backward": (
        replaced("da = relu_backward(ds, relu_cache)", "da = ds"),
        dict.fromkeys(("dx", "dw1", "db1"), "cnn.no-relu-mask-ties"),
        5,
    ),
    "average pooling, and consistently so": (
        replaced("out = np.maximum.reduce(quarters)", "out = sum(quarters) / 4", CLASSES).replace(
            "self.shares = [t / total for t in ties]", "self.shares = [0.25] * 4"
        ),
        dict.fromkeys(("scores", "dx", "dw1", "db1", "dw2"), "pool.average"),
        3 + 3,
    ),
    "channels last when flattened": (
        replaced(
            "x.reshape(x.shape[0], -1)\n", "x.transpose(0, 2, 3, 1).reshape(len(x), -1)\n", CLASSES
        ).replace(
            "return d.reshape(self.shape)",
            "n, c, h, w = self.shape; return d.reshape(n, h, w, c).transpose(0, 3, 1, 2)",
        ),
        dict.fromkeys(("scores", "dx", "dw1", "db1", "dw2"), "cnn.flatten-order"),
        3 + 3,
    ),
    "every pixel of a window gets the gradient": (
        replaced("mask * dout", "dout", BASE),
        dict.fromkeys(("dx", "dw1", "db1"), "pool.whole-window"),
        5,
    ),
    "biases averaged": (
        replaced("np.sum(dout, axis=(0, 2, 3))", "np.mean(dout, axis=(0, 2, 3))").replace(
            "dout.sum(axis=0)", "dout.mean(axis=0)"
        ),
        {"db1": "conv.db-mean", "db2": "affine.db-mean"},
        2,
    ),
    "nothing left at padding 0": (
        replaced("dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad[:, :, pad:-pad, pad:-pad]"),
        {"dx": "conv.crop-empty"},
        Fraction(2, 10),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    text, names, lost = MISTAKES[mistake]
    findings = graded(text)
    assert named(findings) == names
    assert 10 - score(findings) == lost
