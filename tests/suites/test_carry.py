"""What a gradient that is off costs in questions: a convolution in loops answers each of them slowly."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from reference import activations, affine
from suites import Op, gradient, regime, variant
from suites.carry import RIGHT_FOR_OWN, Carried, OwnForward, _inconsistent
from suites.diagnosis import Named, described
from suites.judging import ALONE, Grounds, judge_check
from suites.localise import Located
from suites.numerical import Numerical
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.tolerance import DOUBLE, rounding
from suites.types import Failure, Misconception, Verdict


@regime(draws=3)
def rows(rng):
    """Rows of numbers."""
    return {"x": rng.normal(size=(5, 4)), "w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}


LAYER = Op(
    "forward",
    affine.forward,
    ("x", "w", "b"),
    (rows,),
    backward="backward",
    gradient=affine.backward,
    wrt=("x", "w", "b"),
)


def wrong_somewhere(dout, cache):
    dx, dw, db = affine.backward(dout, cache)
    return dx * np.linspace(1, 2, 4), dw * np.linspace(1, 2, 3), db


def judged(student, op, check):
    seen = ask_cases(student, seal(op, (), streams(b"carry")))
    return judge_check("layer", check, seen, student, Grounds())


def test_beside_a_right_forward_nothing_more_is_asked(double):
    student = double(forward=affine.forward, backward=wrong_somewhere)
    found = judged(student, LAYER, gradient(dx=1, dw=1, db=1))
    assert [f.verdict for f in found] == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS]
    assert Counter(student.asked) == {"forward": 3, "backward": 3}


def test_one_conviction_is_enough(double):
    """All three cases are off; in two of them nothing more is asked."""
    student = double(forward=lambda x, w, b: affine.forward(x, w, b + 1), backward=wrong_somewhere)
    asked = {}
    for draws in (1, 3):
        student.asked.clear()
        op = Op(**{**vars(LAYER), "regimes": (regime(draws=draws)(rows.draw),)})
        (found,) = judged(student, op, gradient(dx=1))
        assert found.cause.startswith("dx is not the gradient of your own forward either")
        asked[draws] = len(student.asked)
    assert asked[3] == asked[1] + 4


def test_at_a_kink_a_right_forward_is_asked(double):
    @regime()
    def zeros(rng):
        """Zeros."""
        return {"x": np.zeros((2, 3))}

    forward, backward = activations.relu_forward, activations.relu_backward
    relu = Op("forward", forward, ("x",), (zeros,), backward="backward", gradient=backward, wrt=("x",))
    student = double(forward=forward, backward=lambda dout, x: dout / 2)
    (found,) = judged(student, relu, gradient(dx=1))
    assert found.verdict is Verdict.PASS
    assert len(student.asked) > 2


# ------------------------------------------------------------------ what else a forward decides


@regime(public=True)
def six(rng):
    """Six rows."""
    return {"x": rng.normal(size=(6, 4)), "w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}


@regime(tier="unusual")
def two(rng):
    """Two rows."""
    return {"x": rng.normal(size=(2, 4)), "w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}


def two_kinds(**changes):
    return Op(**{**vars(LAYER), "regimes": (six, two), **changes})


def squared(x, w, b):
    """A forward that is wrong and has no name, and its own right gradient."""
    out, cache = affine.forward(x, w, b)
    return out**2, (out, cache)


def of_squared(dout, cache):
    out, kept = cache
    return affine.backward(2 * out * dout, kept)


def by(findings):
    return {(f.tensor, f.tier): f for f in findings}


def test_what_is_not_settled_is_not_said(double):
    """A forward that is another each time: nobody can say what its gradient is."""
    noise = np.random.default_rng(0)
    student = double(
        forward=lambda x, w, b: (noise.normal(size=(len(x), 3)), (x, w, b)),
        backward=lambda dout, cache: tuple(np.ones(a.shape) for a in cache),
    )
    for found in judged(student, LAYER, gradient(dx=1, dw=1, db=1)):
        assert found.cause == "values differ"


def test_a_crash_on_one_kind_of_input_takes_nothing_from_the_other(double):
    def fails_on_six(dout, cache):
        if len(dout) == 6:
            raise ValueError
        return of_squared(dout, cache)

    def raising(*calls):
        try:
            return double(forward=squared, backward=fails_on_six).ask(*calls)
        except ValueError:
            return [Failure(Verdict.ERROR, "raised ValueError")] * len(calls)

    class Student:
        def ask(self, *calls):
            pairs = [calls[i : i + 2] for i in range(0, len(calls), 2)]
            return [answer for pair in pairs for answer in raising(*pair)]

    own = "your backward is the gradient of your own forward: mend the forward first"
    found = by(judged(Student(), two_kinds(), gradient(dx=1, dw=1)))
    assert found["dx", "ordinary"].verdict is Verdict.ERROR
    assert found["dx", "unusual"].cause == own


@pytest.mark.parametrize("settled", [6, 2])
def test_a_case_that_is_not_settled_takes_nothing_from_one_that_is(settled, double):
    """Consistent with its own forward on some rows, while on the others nobody can tell."""
    noise = np.random.default_rng(0)

    def forward(x, w, b):
        out, cache = squared(x, w, b)
        return (out if len(x) == settled else noise.normal(size=out.shape)), cache

    found = by(judged(double(forward=forward, backward=of_squared), two_kinds(), gradient(dx=1)))
    own = "your backward is the gradient of your own forward: mend the forward first"
    assert {f.cause for f in found.values()} == {own}


def off_by_one(x, w, b):
    out, cache = affine.forward(x, w, b)
    return out + 1, cache


def wrong_but(*right):
    def backward(dout, cache):
        values = zip(("dx", "dw", "db"), affine.backward(dout, cache), strict=True)
        return tuple(value if name in right else value**2 + 1 for name, value in values)

    return backward


def test_a_gradient_that_is_right_alone_earns_nothing(double):
    check = gradient(dx=1, dw=1, db=1)
    found = by(judged(double(forward=off_by_one, backward=wrong_but("db")), two_kinds(), check))
    for tier in ("ordinary", "unusual"):
        assert found["db", tier].verdict is Verdict.PASS
        assert (found["db", tier].credit, found["db", tier].cause) == (0, ALONE)
        assert found["dx", tier].credit == 0
    found = by(judged(double(forward=off_by_one, backward=wrong_but("dw", "db")), two_kinds(), check))
    assert {name: found[name, "ordinary"].credit for name in ("dx", "dw", "db")} == {
        "dx": 0,
        "dw": 1,
        "db": 1,
    }
    found = by(judged(double(forward=affine.forward, backward=wrong_but("db")), two_kinds(), check))
    assert found["db", "ordinary"].credit == 1  # beside a right forward


def test_the_only_gradient_of_a_layer_is_never_alone(double):
    only = two_kinds(wrt=("x",), gradient=lambda dout, cache: affine.backward(dout, cache)[0])
    student = double(forward=off_by_one, backward=lambda dout, cache: affine.backward(dout, cache)[0])
    (ordinary, unusual) = judged(student, only, gradient(dx=1))
    assert (ordinary.credit, unusual.credit) == (1, 1)


def test_what_is_right_on_unusual_inputs_only_is_no_company(double):
    def backward(dout, cache):
        return wrong_but("db", "dw" if len(dout) == 2 else "")(dout, cache)

    def forward(x, w, b):
        return affine.forward(x, w, b) if len(x) == 2 else off_by_one(x, w, b)

    found = by(judged(double(forward=forward, backward=backward), two_kinds(), gradient(dw=1, db=1)))
    assert (found["db", "ordinary"].cause, found["db", "ordinary"].credit) == (ALONE, 0)
    forward_only = regime(checks={"forward"})(two.draw)
    op = two_kinds(regimes=(six, forward_only))
    found = by(judged(double(forward=forward, backward=backward), op, gradient(db=1)))
    assert found["db", "ordinary"].cause == ALONE


def test_the_gradient_is_that_of_the_first_output(double):
    """The second output, running statistics say, has no part in it."""

    def forward(x, w, b):
        out, cache = affine.forward(x, w, b)
        return out, out.sum(), cache

    op = Op(**{**vars(LAYER), "oracle": forward, "outputs": ("out", "total")})

    def second_off(x, w, b):
        out, total, cache = forward(x, w, b)
        return out, total + 1, cache

    def first_off(x, w, b):
        out, total, cache = forward(x, w, b)
        return out + 1, total, cache

    student = double(forward=second_off, backward=wrong_somewhere)
    found = judged(student, op, gradient(dx=1, dw=1, db=1))
    assert Counter(student.asked) == {"forward": 3, "backward": 3}  # beside a right forward
    assert found[2].credit == 1
    found = judged(double(forward=first_off, backward=wrong_but("db")), op, gradient(db=1))
    assert found[0].cause == ALONE

    shifted = variant("shifted", of=forward, kind="wrong", says="It is shifted.", hint="By what?")(first_off)
    seen = ask_cases(
        student := double(forward=first_off, backward=wrong_somewhere), seal(op, (shifted,), streams(b"a"))
    )
    own = OwnForward(seen, student, {"shifted": shifted.words})
    named = Named(described(shifted.words, ""), "wrong")
    assert own.carried("dx", named) == Carried("wrong", RIGHT_FOR_OWN, shifted.words)


@regime()
def some_zeros(rng):
    """Numbers, some of them 0."""
    x = rng.normal(size=(6, 5))
    x[:2] = 0.0
    return {"x": x}


def relu_on(*regimes):
    forward, backward = activations.relu_forward, activations.relu_backward
    return Op("forward", forward, ("x",), regimes, backward="backward", gradient=backward, wrt=("x",))


def half_at_zero(dout, x):
    return dout * np.where(x == 0, 0.5, x > 0)


def test_a_kink_excuses_only_where_every_case_has_one_and_may_be_asked(double):
    """Where one case that is off cannot be asked there is no excuse, and so nothing is asked."""

    @regime(checks={"forward", "backward"})
    def unasked(rng):
        """Zeros alone."""
        return {"x": np.zeros((2, 2))}

    student = double(forward=activations.relu_forward, backward=half_at_zero)
    (found,) = judged(student, relu_on(some_zeros, unasked), gradient(dx=1))
    assert found.credit == 0
    assert Counter(student.asked) == {"forward": 2, "backward": 2}


def test_a_kink_excuses_no_small_deviation_beside_it(double):
    """A factor of 1.00001 is not what a kink explains, though the derivative alone would forgive it."""
    small = replace(regime()(some_zeros.draw), name="again")

    def backward(dout, x):
        return half_at_zero(dout, x) * (1 + 1e-5 * (x.sum() == totals[1]))

    op = relu_on(some_zeros, small)
    totals = [case.inputs["x"].sum() for case in seal(op, (), streams(b"carry"))]
    (found,) = judged(double(forward=activations.relu_forward, backward=backward), op, gradient(dx=1))
    assert found.credit == 0


def test_a_right_forward_has_no_mistake_however_near_a_variant_comes(double):
    (case,) = seal(two_kinds(regimes=(six,)), (), streams(b"near"))
    near = case.expected["out"] + 2 * rounding(case.expected["out"], case.amplification["out"], DOUBLE)
    case = replace(case, variants={"near": {"out": near}})
    student = double(forward=affine.forward, backward=wrong_somewhere)
    words = {"near": Misconception("near", "wrong", "It is near.", "How near?", "")}
    seen = ask_cases(student, [case])
    named = Named(described(words["near"], ""), "wrong")
    assert OwnForward(seen, student, words).carried("dx", named) is None


def test_entries_are_named_where_few_are_wrong():
    def said(located):
        return _inconsistent("dx", Numerical(Verdict.FAIL, located=located))

    plain = "dx is not the gradient of your own forward either"
    entries = tuple((0, i) for i in range(6))
    assert said(None) == said(Located(True, entries)) == plain
    assert said(Located(False, entries[:1])) == plain + ": entries [0, 0]"
    assert said(Located(False, entries)) == plain + ": entries [0, 0], [0, 1], [0, 2], [0, 3]"


def test_one_conviction_outweighs_what_is_consistent_elsewhere(double):
    """Right for its own forward on six rows, and for none on two."""

    def backward(dout, cache):
        dx, dw, db = of_squared(dout, cache)
        return (dx * np.linspace(1, 2, 4) if len(dout) == 2 else dx), dw, db

    found = by(judged(double(forward=squared, backward=backward), two_kinds(), gradient(dx=1)))
    assert all(f.cause.startswith("dx is not the gradient of your own forward") for f in found.values())
