"""What a gradient that is off costs in questions: a convolution in loops answers each of them slowly."""

from collections import Counter

import numpy as np

from reference import activations, affine
from suites import Op, gradient, regime
from suites.judging import Grounds, judge_check
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.types import Verdict


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
