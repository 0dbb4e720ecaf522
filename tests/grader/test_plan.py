"""A plan: sealed once from a folder and a seed, plain enough to send to another process."""

import pickle
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from grader.plan import make_plan
from grader.sandbox.types import Limits
from suites import AuthoringError

DECLARATION = '''
from fractions import Fraction

import numpy as np

from suites import Assignment, Op, Part, agreement, gradient, regime, sums_to_zero, variant


def forward(x, w):
    return x @ w, (x, w)


def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def double(x):
    return 2 * x


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
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=5)}


affine = Op(
    "affine", forward, ("x", "w"), (rows, one_row), backward="affine_back", gradient=backward, wrt=("x", "w")
)
twice = Op("twice", double, ("x",), (numbers,))

half = variant("half", of=backward, kind="wrong", says="Half.", hint="Half?")(
    lambda dout, cache: tuple(g / 2 for g in backward(dout, cache))
)
thrice = variant("thrice", of=double, kind="note", says="Thrice.", hint="Thrice?")(lambda x: 3 * x)

assignment = Assignment(
    title="Small",
    submit="small.py",
    variants=(half, thrice),
    conventions={"thrice": "required"},
    carry=Fraction(1, 4),
    seconds=2.0,
    parts=(
        Part("forward", affine, (agreement(out=2),)),
        Part(
            "backward",
            affine,
            (gradient(dx="1.5", dw=1), sums_to_zero("a sum", "dx", (1,))),
            needs=("forward",),
        ),
        Part("twice", twice, (agreement(out="0.5"),), title="Two times"),
        Part("again", twice, (agreement(out="0.5"),)),
    ),
)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "assignment.py").write_text(DECLARATION, encoding="utf-8")
    (folder / "handout.md").write_text("# Small\n", encoding="utf-8")
    return folder


def test_a_plan_holds_what_the_assignment_declares(folder):
    plan = make_plan(folder, b"seed")
    assert (plan.assignment, plan.title, plan.submit) == ("small", "Small", "small.py")
    assert plan.max_score == Fraction(11, 2)
    assert plan.limits == Limits(question_s=2.0, memory_bytes=512 << 20)
    assert [(p.name, p.op, p.needs) for p in plan.parts] == [
        ("forward", "affine", ()),
        ("backward", "affine", ("forward",)),
        ("twice", "twice", ()),
        ("again", "twice", ()),
    ]
    assert plan.grounds.carry == Fraction(1, 4)
    assert plan.grounds.conventions == {"thrice": "required"}
    assert set(plan.grounds.words) == {"half", "thrice"}


def test_outlines_are_what_the_handout_prints(folder):
    outlines = make_plan(folder, b"seed").outlines
    assert [(o.name, o.title, o.points) for o in outlines] == [
        ("forward", "forward", 2),
        ("backward", "backward", Fraction(5, 2)),
        ("twice", "Two times", Fraction(1, 2)),
        ("again", "again", Fraction(1, 2)),
    ]
    assert outlines[1].tensors == (("dx", Fraction(3, 2)), ("dw", Fraction(1)))


def test_an_operation_of_two_parts_is_sealed_once(folder):
    plan = make_plan(folder, b"seed")
    assert {name: len(cases) for name, cases in plan.cases.items()} == {"affine": 3, "twice": 1}
    assert len(plan.all_cases) == 4


def test_the_order_of_cases_depends_on_the_seed_alone(folder):
    first, again = make_plan(folder, b"seed"), make_plan(folder, b"seed")
    assert [c.id for c in first.all_cases] == [c.id for c in again.all_cases]
    orders = {tuple(c.id for c in make_plan(folder, bytes([i])).all_cases) for i in range(8)}
    assert len(orders) > 2


def test_the_fingerprint_follows_seed_and_content(folder):
    first = make_plan(folder, b"seed")
    assert make_plan(folder, b"seed").fingerprint == first.fingerprint
    other = make_plan(folder, b"other")
    assert other.fingerprint != first.fingerprint
    assert other.commitment != first.commitment
    assert other.assignment_hash == first.assignment_hash
    (folder / "assignment.py").write_text(DECLARATION.replace("2 * x", "2.5 * x"), encoding="utf-8")
    edited = make_plan(folder, b"seed")
    assert edited.assignment_hash != first.assignment_hash
    assert edited.fingerprint != first.fingerprint


def test_the_seed_itself_is_nowhere_in_the_plan(folder):
    seed = b"a very secret seed of 32 bytes!!"
    assert seed not in pickle.dumps(make_plan(folder, seed))


def test_a_plan_crosses_to_another_process(folder):
    plan = make_plan(folder, b"seed")
    back = pickle.loads(pickle.dumps(plan))
    assert back.fingerprint == plan.fingerprint
    for a, b in zip(plan.all_cases, back.all_cases, strict=True):
        assert a.id == b.id
        assert all(np.array_equal(a.expected[k], b.expected[k]) for k in a.expected)


def test_other_limits_leave_the_rest(folder):
    plan = make_plan(folder, b"seed")
    tight = plan.within(Limits(question_s=0.5))
    assert tight.limits.question_s == 0.5
    assert tight.fingerprint == plan.fingerprint


def test_a_regime_draws_no_name_that_is_no_argument(folder):
    more = DECLARATION.replace('{"x": rng.normal(size=5)}', '{"x": rng.normal(size=5), "w": 1}')
    (folder / "assignment.py").write_text(more, encoding="utf-8")
    make_plan(folder, b"seed", only={"twice"})  # affine takes it
    (folder / "assignment.py").write_text(more.replace('"w": 1', '"other": 1'), encoding="utf-8")
    with pytest.raises(
        AuthoringError, match="regime numbers draws 'other', which is no argument; twice takes x"
    ):
        make_plan(folder, b"seed")


def test_an_assignment_that_cannot_be_sealed_says_so(folder):
    broken = DECLARATION.replace('"w": np.concatenate([half, -half])}', '"v": 1.0}', 1)
    (folder / "assignment.py").write_text(broken, encoding="utf-8")
    with pytest.raises(AuthoringError, match="regime rows draws no 'w', which affine takes"):
        make_plan(folder, b"seed")


def test_a_part_of_the_assignments_own_making_goes_to_another_process(tmp_path: Path) -> None:
    """Its class is in a module that only who has loaded the assignment knows."""
    root = Path(__file__).parents[2]
    plan = make_plan(root / "tests" / "course" / "labels", b"a seed of a test")
    (tmp_path / "plan").write_bytes(pickle.dumps(plan))
    code = (
        "import pickle, sys; plan = pickle.loads(open(sys.argv[1], 'rb').read());"
        "print(plan.fingerprint, plan.parts[0].key)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "plan")]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert told.split() == [plan.fingerprint, plan.parts[0].key]
