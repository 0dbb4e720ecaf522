"""The assignment `convolution`, used as an instructor would: sealed, asked, judged."""

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

FOLDER = assignments.find("convolution")
ASSIGNMENT = assignments.load(FOLDER)
VARIANTS = ASSIGNMENT.all_variants
PLANS = {seed: make_plan(FOLDER, seed) for seed in (b"one", b"two")}
PLAN = PLANS[b"one"]
BASE = (FOLDER / "solutions" / "four_loops.py").read_text(encoding="utf-8")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

# Right by luck: on square images with square kernels, with padding, where the stride divides.
UNUSUAL_ONLY = {"conv.height-for-width", "conv.square-kernel", "conv.crop-empty", "conv.out-size-ceil"}


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
            for name in ("x", "w"):
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
    if v.kind == "note":
        assert 10 - score(findings) == Fraction(4, 10)
    else:
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
    starter = (FOLDER / "starter" / "convolution.py").read_text(encoding="utf-8")
    assert score(graded(starter)) == 0


ZEROS = """
import numpy as np
def conv_forward(x, w, b, stride, pad):
    size = [(x.shape[i] + 2 * pad - w.shape[i]) // stride + 1 for i in (2, 3)]
    return np.zeros((len(x), len(w), *size)), (x, w, b)
def conv_backward(dout, cache): return tuple(np.zeros_like(a) for a in cache)
"""

IDENTITY = """
def conv_forward(x, w, b, stride, pad): return x, (x, w, b)
def conv_backward(dout, cache): return cache
"""


@pytest.mark.parametrize("text", [ZEROS, IDENTITY], ids=["zeros", "identity"])
def test_consistent_stubs_earn_nothing(text: str) -> None:
    assert score(graded(text)) == 0


def replaced(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new)


CROP = "dx_pad[:, :, pad : pad + H, pad : pad + W]"
MISTAKES = {
    "nothing left at padding 0": (
        replaced(CROP, "dx_pad[:, :, pad:-pad, pad:-pad]"),
        {"dx": "conv.crop-empty"},
        Fraction(3, 10),
    ),
    "not shifted back": (replaced(CROP, "dx_pad[:, :, :H, :W]"), {"dx": "conv.crop-shift"}, 3),
    "height for width": (
        replaced("W_prime = 1 + (W + 2", "W_prime = 1 + (H + 2"),
        {"out": "conv.height-for-width"},
        Fraction(4, 10),
    ),
    "kernels turned, and consistently so": (
        BASE.replace("* w[f])", "* w[f, :, ::-1, ::-1])")
        .replace("dw[f] +=", "dw[f, :, ::-1, ::-1] +=")
        .replace("+= w[f] *", "+= w[f, :, ::-1, ::-1] *"),
        {"out": "conv.true-convolution", "dx": "conv.true-convolution", "dw": "conv.true-convolution"},
        4 + Fraction(5, 2),
    ),
    "kernels turned in the forward alone": (
        BASE.replace("* w[f])", "* w[f, :, ::-1, ::-1])"),
        {"out": "conv.true-convolution"},
        4,
    ),
    "the stride is forgotten in the backward": (
        BASE.replace("slice(i * stride, i * stride", "slice(i, i").replace(
            "slice(j * stride, j * stride", "slice(j, j"
        ),
        {"dx": "conv.stride-ignored", "dw": "conv.stride-ignored"},
        5,
    ),
    "all three of the backward": (
        replaced("dw[f] +=", "dw[f] =").replace("+= w[f] *", "= w[f] *").replace("db[f] +=", "db[f] ="),
        {"dx": "conv.dx-overwrite", "dw": "conv.dw-last-window", "db": "conv.dw-overwrite"},
        6,
    ),
    "the last column is forgotten": (
        replaced("for j in range(dout.shape[3])", "for j in range(dout.shape[3] - 1)"),
        {"dx": "conv.dw-skip-last", "dw": "conv.dw-skip-last"},
        5,
    ),
    "reshaped before the axes are in order": (
        (FOLDER / "solutions" / "im2col.py")
        .read_text(encoding="utf-8")
        .replace(
            "cols = x_padded[:, k, i, j].transpose(1, 2, 0).reshape(c * kh * kw, -1)",
            "cols = x_padded[:, k, i, j].transpose(1, 0, 2).reshape(c * kh * kw, -1)",
        )
        .replace(
            "out.reshape(f, height, width, n).transpose(3, 0, 1, 2)", "out.reshape(n, f, height, width)"
        ),
        {"out": "conv.im2col-output-order", "dw": ""},
        6,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    text, names, lost = MISTAKES[mistake]
    findings = graded(text)
    assert named(findings) == names
    assert 10 - score(findings) == lost
