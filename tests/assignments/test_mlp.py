"""The assignment `mlp`, used as an instructor would: sealed, asked, judged."""

import itertools
from collections.abc import Callable
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
from suites.handout import refresh
from suites.questions import ask_cases
from suites.tolerance import DOUBLE, SINGLE, Band, compare
from suites.types import Answer, Call, Case, Finding, Ref, Reply, Verdict

FOLDER = assignments.find("mlp")
ASSIGNMENT = assignments.load(FOLDER)
VARIANTS = ASSIGNMENT.all_variants
SEEDS = (b"one", b"two")
BASE = (FOLDER / "solutions" / "course_style.py").read_text(encoding="utf-8")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")

# Stability and ties: the ordinary logits and numbers show nothing of these.
UNUSUAL_ONLY = {
    "sce.no-max-shift",
    "sce.no-max-shift-log",
    "sce.global-max",
    "sce.max-zero",
    "sce.log-of-zero",
}


class InProcess:
    """A student whose functions are called right here."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.kept: dict[str, Any] = {}

    def ask(self, *calls: Call) -> list[Answer]:
        return [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Reply:
        args = [self.kept[a.name] if isinstance(a, Ref) else a for a in call.args]
        with np.errstate(all="ignore"):
            returned = self.functions[str(call.do)](*args)
        parts = [returned] if len(call.results) == 1 else list(returned)
        for ref, part in zip(call.results, parts, strict=True):
            if ref is not None:
                self.kept[ref.name] = part
        values = tuple(part for ref, part in zip(call.results, parts, strict=True) if ref is None)
        return Reply(values, tuple(call.args[i] for i in call.echo))


@cache
def plan(seed: bytes = SEEDS[0]) -> Plan:
    return make_plan(FOLDER, seed)


def judged(sealed: Plan, student: Any) -> list[Finding]:
    return judge_answers(sealed, ask_cases(student, sealed.all_cases), student)


def graded(text: str, seed: bytes = SEEDS[0]) -> list[Finding]:
    sealed = plan(seed)
    with loopback({"mlp.py": text}, "mlp.py", sealed.limits) as student:
        return judged(sealed, student)


def score(findings: list[Finding]) -> Fraction:
    return sum((f.score for f in findings), Fraction(0))


def named(findings: list[Finding]) -> dict[tuple[str, str], str]:
    """Part and tensor to the id of the diagnosis; empty where there is a diagnosis without a name."""
    return {(f.part, f.tensor): f.diagnosis.id for f in findings if f.diagnosis}


def oracles() -> dict[str, Callable[..., Any]]:
    ops = ASSIGNMENT.ops
    return {op.forward: op.oracle for op in ops} | {op.backward: op.gradient for op in ops if op.backward}


def with_mistake(v: Any) -> InProcess:
    """The oracles, one of them replaced by a variant; where that keeps no cache, the right one is kept."""
    functions = oracles()
    (name,) = (name for name, function in functions.items() if function is v.of)

    def wrong(*args: Any) -> Any:
        returned = v.wrong(*args)
        if isinstance(returned, tuple) and returned[-1] is None:
            return (*returned[:-1], v.of(*args)[-1])
        return returned

    return InProcess({**functions, name: wrong})


def visible(value: np.ndarray, case: Case, tensor: str, unit: float) -> bool:
    return compare(value, case.expected[tensor], case.amplification[tensor], unit).band is not Band.ROUNDING


def test_twenty_points() -> None:
    assert plan().max_score == 20


def test_the_handout_is_fresh() -> None:
    text = (FOLDER / "handout.md").read_text(encoding="utf-8")
    assert refresh(text, ASSIGNMENT) == text


def test_hidden_kinds_have_a_public_sibling() -> None:
    for op in ASSIGNMENT.ops:
        public = {r.name for r in op.regimes if r.public}
        assert all(r.public or r.like in public for r in op.regimes), op.forward


@pytest.mark.parametrize("solution", sorted((FOLDER / "solutions").glob("*.py")), ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", SEEDS)
def test_solutions_get_full_marks(seed: bytes, solution: Path) -> None:
    findings = graded(solution.read_text(encoding="utf-8"), seed)
    assert {f.verdict for f in findings} == {Verdict.PASS}
    assert score(findings) == 20


def test_the_oracles_pass_unnamed() -> None:
    findings = judged(plan(), InProcess(oracles()))
    assert score(findings) == 20
    assert not named(findings)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("v", VARIANTS, ids=lambda v: f"{v.of.__module__.split('.')[-1]}-{v.id}")
def test_each_variant_is_named(v: Any, seed: bytes) -> None:
    findings = judged(plan(seed), with_mistake(v))
    assert set(named(findings).values()) == {v.id}
    lost = 20 - score(findings)
    if v.kind == "accept":
        assert lost == 0
    elif v.kind == "note":
        assert 0 < lost <= 1
    else:
        assert lost > 0
        assert any(f.verdict is Verdict.FAIL for f in findings)


@pytest.mark.parametrize("seed", SEEDS)
def test_variants_show_in_the_ordinary_tier(seed: bytes) -> None:
    shown = {
        unit: {
            (op, id)
            for op, cases in plan(seed).cases.items()
            for case in cases
            for id, values in case.variants.items()
            if case.tier == "ordinary" and any(visible(a, case, t, unit) for t, a in values.items())
        }
        for unit in (DOUBLE, SINGLE)
    }
    for op in ASSIGNMENT.ops:
        for v in VARIANTS:
            if v.of in (op.oracle, op.gradient) and v.kind != "accept":
                assert ((op.forward, v.id) in shown[DOUBLE]) is (v.id not in UNUSUAL_ONLY), v.id
                assert ((op.forward, v.id) in shown[SINGLE]) is (v.id not in UNUSUAL_ONLY), v.id


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_variants_coincide(seed: bytes) -> None:
    for cases in plan(seed).cases.values():
        ids = sorted({id for case in cases for id in case.variants})
        for tensor, (a, b) in itertools.product(cases[0].expected, itertools.combinations(ids, 2)):
            pairs = [(c.variants.get(a, {}).get(tensor), c.variants.get(b, {}).get(tensor)) for c in cases]
            both = [(x, y) for x, y in pairs if x is not None and y is not None]
            assert not both or any(differ(x, y) for x, y in both), (tensor, a, b)


def differ(x: np.ndarray, y: np.ndarray) -> bool:
    """By more than single precision hides; NaN and infinity count as values."""
    return x.shape != y.shape or not np.allclose(x, y, rtol=1e-4, atol=1e-6, equal_nan=True)


def test_ids_that_are_used_twice_have_the_same_words() -> None:
    words = {v.id: v.words for v in VARIANTS}
    assert all(v.words == words[v.id] for v in VARIANTS)
    used = [(op.forward, v.id) for op in ASSIGNMENT.ops for v in VARIANTS if v.of in (op.oracle, op.gradient)]
    assert len(set(used)) == len(used)  # but never twice for one operation


def test_stubs_earn_nothing() -> None:
    starter = (FOLDER / "starter" / "mlp.py").read_text(encoding="utf-8")
    assert score(graded(starter)) == 0


ZEROS = """
import numpy as np
def affine_forward(x, w, b): return np.zeros((len(x), len(b))), (x, w, b)
def affine_backward(dout, cache): return tuple(np.zeros_like(a) for a in cache)
def relu_forward(x): return np.zeros_like(x), x
def relu_backward(dout, cache): return np.zeros_like(cache)
def softmax_loss(z, y): return 0.0, np.zeros_like(z)
def mlp_forward(x, w1, b1, w2, b2): return np.zeros((len(x), len(b2))), (x, w1, b1, w2, b2)
def mlp_backward(dscores, cache): return tuple(np.zeros_like(a) for a in cache)
"""

IDENTITY = """
def affine_forward(x, w, b): return x, (x, w, b)
def affine_backward(dout, cache): return cache
def relu_forward(x): return x, None
def relu_backward(dout, cache): return dout
def softmax_loss(z, y): return z, z
def mlp_forward(x, w1, b1, w2, b2): return x, (x, w1, b1, w2, b2)
def mlp_backward(dscores, cache): return cache
"""


@pytest.mark.parametrize("text", [ZEROS, IDENTITY], ids=["zeros", "identity"])
def test_consistent_stubs_earn_nothing(text: str) -> None:
    assert score(graded(text)) == 0


MISTAKES = {
    "loss and gradient summed": (
        "def softmax_loss(z, y, old=softmax_loss):\n    l, d = old(z, y)\n    return l * len(z), d * len(z)",
        {("softmax loss", "loss"): "sce.loss-sum", ("softmax loss", "dz"): "sce.no-batch-mean"},
        Fraction(2, 10) + 3,
    ),
    "leaky, and consistently so": (
        "def relu_forward(x):\n    return np.where(x > 0, x, 0.01 * x), x\n"
        "def relu_backward(dout, cache):\n    return np.where(cache > 0, dout, 0.01 * dout)",
        {("relu forward", "out"): "relu.leaky", ("relu backward", "dx"): "relu.leaky"}
        | {("network forward", "scores"): "relu.leaky"}
        | {("network backward", t): "relu.leaky" for t in ("dx", "dw1", "db1", "dw2")},
        1 + 1 + 2 + Fraction(35, 20),
    ),
    "another order of flattening, and consistently so": (
        "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1, order='F') @ w + b, (x, w)\n"
        "def affine_backward(dout, cache):\n    x, w = cache\n"
        "    dx = (dout @ w.T).reshape(x.shape, order='F')\n"
        "    return dx, x.reshape(len(x), -1, order='F').T @ dout, dout.sum(0)",
        {("affine forward", "out"): "affine.flatten-order", ("affine backward", "dx"): "affine.flatten-order"}
        | {("affine backward", "dw"): "affine.flatten-order"},
        2 + Fraction(3, 2),
    ),
    "the gradient is masked nowhere": (
        "def relu_backward(dout, cache):\n    return dout",
        {("relu backward", "dx"): "relu.no-mask"}
        | {("network backward", t): "mlp.no-relu" for t in ("dx", "dw1", "db1")},
        2 + Fraction(5, 2),
    ),
    "dw2 from pre-activations": (
        "def mlp_backward(dscores, cache, old=mlp_backward):\n"
        "    dx, dw1, db1, _, db2 = old(dscores, cache)\n"
        "    return dx, dw1, db1, cache[0][1].T @ dscores, db2",
        {("network backward", "dw2"): "mlp.no-relu"},
        1,
    ),
    "two mistakes in one function": (
        "def affine_backward(dout, cache, old=affine_backward):\n    dx, dw, db = old(dout, cache)\n"
        "    return dx, dw / len(dout), db / len(dout)",
        {("affine backward", "dw"): "affine.dw-over-N", ("affine backward", "db"): "affine.db-mean"}
        | {("network backward", f"dw{i}"): "affine.dw-over-N" for i in (1, 2)}
        | {("network backward", f"db{i}"): "affine.db-mean" for i in (1, 2)},
        Fraction(5, 2) + 3,
    ),
    "softmax as the slide has it": (
        "def softmax_loss(z, y):\n    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)\n"
        "    i = np.arange(len(y))\n"
        "    loss = -np.log(p[i, y]).mean()\n    p[i, y] -= 1\n    return loss, p / len(y)",
        {("softmax loss", "loss"): "sce.no-max-shift", ("softmax loss", "dz"): "sce.no-max-shift"},
        Fraction(1, 2),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_as_students_write_them(mistake: str) -> None:
    code, names, lost = MISTAKES[mistake]
    findings = graded(f"{BASE}\n\n{code}\n")
    assert named(findings) == names
    assert 20 - score(findings) == lost


def test_any_slope_between_0_and_1_is_right_at_a_tie() -> None:
    for slope in (0, 0.3, 0.5, 1):
        code = f"def relu_backward(dout, cache):\n    return dout * np.heaviside(cache, {slope})"
        assert score(graded(f"{BASE}\n\n{code}\n")) == 20
