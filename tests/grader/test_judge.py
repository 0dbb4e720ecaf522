"""One submission judged: parts in order, what needs what, a convention charged once, sums that are exact."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader.intake.submission import Submission
from grader.judge import grade, judge_answers
from grader.loopback import LoopbackLauncher, loopback
from grader.plan import make_plan
from grader.planned import Plan
from grader.record import Status
from suites.questions import ask_cases
from suites.types import Failure, Verdict

DECLARATION = '''
import numpy as np

from suites import Assignment, Op, Part, agreement, gradient, regime, sums_to_zero, variant


def forward(x, w):
    return x @ w, (x, w)


def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def moments(x):
    return x.mean(0), x.var(0)


def drawn(rng, n):
    half = rng.normal(size=(2, 2))
    return {"x": rng.normal(size=(n, 4)), "w": np.concatenate([half, -half])}


@regime(public=True, draws=2)
def rows(rng):
    """Ordinary rows."""
    return drawn(rng, 4)


@regime(tier="unusual", like="rows")
def one_row(rng):
    """One row."""
    return drawn(rng, 1)


@regime(public=True)
def batch(rng):
    """A batch."""
    return {"x": rng.normal(size=(5, 3))}


affine = Op(
    "affine", forward, ("x", "w"), (rows, one_row), backward="affine_back", gradient=backward, wrt=("x", "w")
)
stats = Op("stats", moments, ("x",), (batch,), outputs=("mean", "var"))


@variant("unbiased", of=moments, kind="note", says="The unbiased variance.", hint="By what?")
def unbiased(x):
    return x.mean(0), x.var(0, ddof=1)


assignment = Assignment(
    title="Small",
    submit="small.py",
    variants=(unbiased,),
    conventions={"unbiased": "required"},
    parts=(
        Part("forward", affine, (agreement(out="1/3"),)),
        Part(
            "backward",
            affine,
            (gradient(dx="1/3", dw="1/7"), sums_to_zero("", "dx", (1,))),
            needs=("forward",),
        ),
        Part("moments", stats, (agreement(mean=1, var=1),)),
        Part("moments again", stats, (agreement(var=2),), needs=("moments",)),
    ),
)
'''

RIGHT = """
import numpy as np

def affine(x, w):
    return np.dot(x, w), [x, w]

def affine_back(dout, cache):
    x, w = cache
    return np.dot(dout, w.T), np.einsum("ni,no->io", x, dout)

def stats(x):
    mean = x.sum(axis=0) / len(x)
    return mean, ((x - mean) ** 2).sum(axis=0) / len(x)
"""

STYLES = {
    "another": RIGHT,
    "one by one": """
import numpy as np

def affine(x, w):
    out = np.zeros((len(x), w.shape[1]))
    for n in range(len(x)):
        for o in range(w.shape[1]):
            out[n, o] = sum(x[n, i] * w[i, o] for i in range(len(w)))
    return out, dict(x=x, w=w)

def affine_back(dout, cache):
    x, w = cache["x"], cache["w"]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for n in range(len(x)):
        dx[n] = w @ dout[n]
        dw += np.outer(x[n], dout[n])
    return dx, dw

def stats(x):
    return [x[:, j].mean() for j in range(x.shape[1])], [x[:, j].var() for j in range(x.shape[1])]
""",
    "chatty lists": """
class Layer:
    def __init__(self, x, w):
        self.x, self.w = x.astype("f4"), w.astype("f4")

def affine(x, w):
    print("forward", x.shape)
    layer = Layer(x, w)
    return layer.x @ layer.w, layer

def affine_back(dout, layer):
    return (dout @ layer.w.T).tolist(), layer.x.T @ dout

def stats(x):
    return x.mean(0, keepdims=True), x.var(0, keepdims=True)
""",
}

MUTANTS = {
    "forward": ("np.dot(x, w), [x, w]", "np.dot(x, w) * 1.01, [x, w]", {"out"}),
    "dx": ("np.dot(dout, w.T)", "np.dot(dout, w.T) + 1e-3", {"dx"}),
    "dw": ('"ni,no->io", x, dout)', '"ni,no->io", x, dout) / len(x)', {"dw"}),
    "mean": ("x.sum(axis=0) / len(x)", "x.sum(axis=0) / (len(x) + 1)", {"mean", "var"}),
    "var": ("(x - mean) ** 2", "abs(x - mean)", {"var"}),
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "assignment.py").write_text(DECLARATION, encoding="utf-8")
    (folder / "handout.md").write_text("# Small\n", encoding="utf-8")
    return make_plan(folder, b"seed")


def judged(plan, source):
    with loopback({"small.py": source}, "small.py") as student:
        return judge_answers(plan, ask_cases(student, plan.all_cases), student)


def score(findings):
    return sum((f.score for f in findings), Fraction(0))


def verdicts(findings, part):
    return {f.verdict for f in findings if f.part == part and f.points}


@pytest.mark.parametrize("style", STYLES)
def test_right_solutions_in_any_style_get_everything(style, plan):
    findings = judged(plan, STYLES[style])
    assert score(findings) == plan.max_score == Fraction(1, 3) * 2 + Fraction(1, 7) + 4
    assert {f.verdict for f in findings} == {Verdict.PASS}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_loses_the_points_of_its_tensors_and_no_others(mutant, plan):
    right, wrong, tensors = MUTANTS[mutant]
    assert right in RIGHT
    findings = judged(plan, RIGHT.replace(right, wrong))
    lost = {f.tensor for f in findings if f.score < f.points and f.tier == "ordinary"}
    assert lost == tensors
    assert all(f.credit == 0 for f in findings if f.tensor in tensors and f.tier == "ordinary" and f.points)


def test_points_sum_exactly(plan):
    findings = judged(plan, RIGHT)
    assert sum((f.points for f in findings), Fraction(0)) == plan.max_score
    assert isinstance(score(findings), Fraction)


def test_findings_are_in_the_order_of_the_parts(plan):
    found = [(f.part, f.tensor, f.tier) for f in judged(plan, RIGHT)]
    assert found == [
        ("forward", "out", "ordinary"),
        ("forward", "out", "unusual"),
        ("backward", "dx", "ordinary"),
        ("backward", "dx", "unusual"),
        ("backward", "dw", "ordinary"),
        ("backward", "dw", "unusual"),
        ("backward", "dx", "ordinary"),
        ("moments", "mean", "ordinary"),
        ("moments", "var", "ordinary"),
        ("moments again", "var", "ordinary"),
    ]


# --------------------------------------------------------------------------- what needs what


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (("def affine(", "def affine_("), Verdict.MISSING),
        (("return np.dot(x, w), [x, w]", "raise ValueError('not yet')"), Verdict.ERROR),
    ],
)
def test_what_needs_a_part_that_does_not_run_is_skipped(change, verdict, plan):
    findings = judged(plan, RIGHT.replace(*change))
    assert verdicts(findings, "forward") == {verdict}
    assert verdicts(findings, "backward") == {Verdict.SKIPPED}
    assert verdicts(findings, "moments") == {Verdict.PASS}


def test_a_wrong_prerequisite_skips_nothing(plan):
    findings = judged(plan, RIGHT.replace("np.dot(x, w), [x, w]", "np.dot(x, w) + 1, [x, w]"))
    assert verdicts(findings, "forward") == {Verdict.FAIL}
    assert verdicts(findings, "backward") == {Verdict.PASS}


def test_a_prerequisite_that_fails_on_some_inputs_skips_nothing(plan):
    brittle = RIGHT.replace("def affine(x, w):", "def affine(x, w):\n    assert len(x) > 1")
    findings = {(f.part, f.tensor, f.tier): f.verdict for f in judged(plan, brittle) if f.points}
    assert findings["forward", "out", "unusual"] is Verdict.ERROR
    assert findings["backward", "dx", "ordinary"] is Verdict.PASS
    assert findings["backward", "dx", "unusual"] is Verdict.SKIPPED  # its cache was never left
    wrong = brittle.replace("np.dot(dout, w.T)", "2 * np.dot(dout, w.T)")
    dx = [f for f in judged(plan, wrong) if (f.part, f.tensor, f.tier) == ("backward", "dx", "ordinary")]
    assert dx[0].verdict is Verdict.FAIL


class Failing:
    """A student whose forward fails as it is told; what needs its cache is skipped."""

    def __init__(self, failure):
        self.failure = failure

    def ask(self, *calls):
        skipped = Failure(Verdict.SKIPPED, "needs a cache")
        return [skipped if call.do == "affine_back" else self.failure for call in calls]


@pytest.mark.parametrize("verdict", [Verdict.TIMEOUT, Verdict.CRASH, Verdict.MEMORY, Verdict.ERROR])
def test_failures_keep_their_verdicts_apart(verdict, plan):
    student = Failing(Failure(verdict, "said in a clause"))
    findings = judge_answers(plan, ask_cases(student, plan.all_cases), student)
    assert verdicts(findings, "forward") == {verdict}
    assert verdicts(findings, "backward") == {Verdict.SKIPPED}
    assert verdicts(findings, "moments") == {verdict}
    assert score(findings) == 0


# --------------------------------------------------------------------------- conventions


def test_a_required_convention_costs_a_tenth_once(plan):
    findings = judged(
        plan,
        RIGHT.replace("sum(axis=0) / len(x)\n", "sum(axis=0) / (len(x) - 1)\n").replace(
            "mean = x.sum(axis=0) / (len(x) - 1)", "mean = x.sum(axis=0) / len(x)"
        ),
    )
    var = {f.part: f for f in findings if f.tensor == "var"}
    assert var["moments"].credit == Fraction(9, 10)
    assert var["moments again"].credit == 1
    assert {f.verdict for f in var.values()} == {Verdict.PASS}
    assert {f.diagnosis.id for f in var.values()} == {"unbiased"}
    assert score(findings) == plan.max_score - Fraction(1, 10)


# --------------------------------------------------------------------------- a whole record


def test_a_record_says_what_was_graded(plan):
    files = {"small.py": STYLES["chatty lists"]}
    submission = Submission("student", "small.py", "slug", files, "small.py", "0" * 64, ("a note",))
    record = grade(plan, submission, LoopbackLauncher())
    assert record.status is Status.GRADED
    assert record.score == record.max_score == plan.max_score
    assert record.printed.startswith("forward (")
    assert record.notes == ("a note",)
    assert record.sandbox == "loopback"
