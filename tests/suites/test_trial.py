"""One comparison of a gradient with a slope: what each shape of the ladder decides.

The ladder is told here, step by step; that real functions give such ladders is in test_numerical.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from suites import numerical
from suites.ladder import DOUBLE_ARITHMETIC, Point, Slope
from suites.localise import Located
from suites.numerical import _settle_grey, _Trial, _trial, check_gradients
from suites.types import Verdict

STEP = DOUBLE_ARITHMETIC.step
SECOND = DOUBLE_ARITHMETIC.second_scale
OUT = np.array([1.0])


def slope(value, error=0.0, jump=0.0, rounding=0.0):
    return Slope(value, error, jump, rounding, value, value)


@pytest.fixture
def told(double, point, monkeypatch):
    """What a gradient of 1 along 1 is taken for, beside a central difference and ladders by step."""
    case = point("x", (1,), x=np.array([1.0]))
    here = Point(double(), case, case.inputs, np.array([1.0]), DOUBLE_ARITHMETIC)
    asked = []

    def ask(ladders, central=np.nan, gradient=1.0):
        def climb(point, out, u, h, *, alone=False):
            asked.append(h)
            return ladders.get(h, slope(np.nan))

        monkeypatch.setattr(numerical, "direction", lambda rng, x, bits=0: np.ones_like(x))
        monkeypatch.setattr(numerical, "climb", climb)
        monkeypatch.setattr(numerical, "central", lambda point, u, h: central)
        grads = {"x": np.array([gradient])}
        return _trial(here, OUT, grads, "x", np.random.default_rng(0)), asked

    return ask


def test_a_central_difference_that_agrees_is_enough(told):
    trial, asked = told({}, central=1 + 1e-9)
    assert trial == _Trial(Verdict.PASS, STEP)
    assert asked == []


def test_a_gradient_that_is_not_finite_is_convicted_at_once(told):
    trial, asked = told({STEP: slope(1.0)}, gradient=np.inf)
    assert (trial.verdict, trial.note, trial.step) == (Verdict.FAIL, "the gradient is not finite", STEP)
    assert asked == []


@pytest.mark.parametrize(
    ("ladder", "verdict"),
    [
        (slope(1 + 5e-9), Verdict.PASS),  # within what certifies
        (slope(1 + 3e-7, error=1e-7), Verdict.PASS),  # within four times its own bar
        (slope(1 + 1e-5, error=1e-7), None),  # far beyond its bar, but less than what convicts
        (slope(1 + 1e-3, error=1e-7), Verdict.FAIL),
        (slope(1.5, error=1e-7), Verdict.FAIL),
        (slope(-1.0, error=1e-7), Verdict.FAIL),
    ],
)
def test_a_ladder_that_two_steps_agree_on_decides_by_its_distance(ladder, verdict, told):
    trial, asked = told({STEP: ladder, STEP * SECOND: ladder})
    assert (trial.verdict, trial.step) == (verdict, STEP)
    assert asked == ([STEP] if verdict is Verdict.PASS else [STEP, STEP * SECOND])


def test_what_is_a_little_beyond_its_bar_is_neither(told):
    """Ten times the bar is no agreement, and no conviction: the next step is asked."""
    trial, asked = told({STEP: slope(1 + 1e-5, error=1e-6), STEP * 2.0**-8: slope(1.0)})
    assert trial.verdict is Verdict.PASS
    assert asked == [STEP, STEP * 2.0**-8]


@pytest.mark.parametrize(
    "second",
    [
        slope(1.2, error=1e-9),  # another value than the first step's
        slope(1.5, error=0.2),  # the same, but it doesn't know
    ],
)
def test_a_ladder_that_looks_converged_by_luck_convicts_nobody(second, told):
    trial, asked = told({STEP: slope(1.5, error=1e-9), STEP * SECOND: second, STEP * 2.0**-8: slope(1.0)})
    assert trial == _Trial(Verdict.PASS, STEP * 2.0**-8)
    assert asked == [STEP, STEP * SECOND, STEP * 2.0**-8]


@pytest.mark.parametrize(
    ("ladder", "note"),
    [
        (slope(np.nan), "the forward is not finite nearby"),
        (slope(1.5, jump=0.5), "kink"),
        (slope(1.5, error=0.3), "noise"),
    ],
)
def test_what_no_step_can_show_is_not_settled_and_says_why(ladder, note, told):
    steps = [STEP * factor for factor in DOUBLE_ARITHMETIC.other_scales]
    trial, asked = told(dict.fromkeys(steps, ladder))
    assert (trial.verdict, trial.note) == (Verdict.INCONCLUSIVE, note)
    assert asked == steps


def test_a_jump_that_rounding_explains_is_no_kink(told):
    trial, _ = told({STEP: slope(1.0, error=1e-3, jump=1e-3, rounding=1e-3)})
    assert trial.verdict is Verdict.PASS


# --------------------------------------------------------------------------- between the thresholds

GREY = _Trial(None, 0.5)


@pytest.mark.parametrize(
    ("tiny", "entries", "verdict"),
    [
        (True, (), Verdict.PASS),
        (False, ((0,),), Verdict.FAIL),
        (False, (), Verdict.INCONCLUSIVE),
    ],
)
def test_a_small_disagreement_is_a_stabilisers_or_some_entrys(
    tiny, entries, verdict, double, point, monkeypatch
):
    case = point("x", (1,), x=np.array([1.0]))
    here = Point(double(), case, case.inputs, np.array([1.0]), DOUBLE_ARITHMETIC)
    monkeypatch.setattr(numerical, "tiny_everywhere", lambda *_: tiny)
    monkeypatch.setattr(numerical, "locate", lambda *_: Located(False, entries))
    settled = _settle_grey(here, OUT, {"x": OUT}, "x", GREY, np.random.default_rng(0))
    assert settled == replace(GREY, verdict=verdict, note=settled.note)
    assert ("stabiliser" in settled.note) is tiny


# --------------------------------------------------------------------------- several comparisons


@pytest.fixture
def tried(double, point, monkeypatch):
    """What becomes of an argument whose comparisons end as told, and at how many points it was asked."""

    def check(*trials):
        ends = iter(trials)
        student = double(forward=lambda x: (x, None), backward=lambda dout, _: 2 * dout)
        case = point("x", (2,), x=np.array([1.0, -1.0]))
        monkeypatch.setattr(numerical, "_trial", lambda *_: next(ends))
        monkeypatch.setattr(numerical, "locate", lambda *_: Located(True, ()))
        monkeypatch.setattr(numerical, "_settle_grey", lambda *args: args[4])
        found = check_gradients(student, case, np.random.default_rng(0))["x"]
        assert next(ends, None) is None, "it stopped before it had seen all"
        return found.verdict, found.note, student.asked.count("backward")

    return check


PASS, FAIL = _Trial(Verdict.PASS, STEP), _Trial(Verdict.FAIL, STEP, "off")
NOISE, KINK = (_Trial(Verdict.INCONCLUSIVE, STEP, why) for why in ("noise", "kink"))
JOINTLY = 1  # backward that was asked for all arguments at once


def test_two_directions_must_agree_before_it_passes(tried):
    assert tried(PASS, PASS) == (Verdict.PASS, "", JOINTLY + 1)


def test_two_convictions_make_a_mistake(tried):
    assert tried(FAIL, FAIL) == (Verdict.FAIL, "off", JOINTLY + 2)
    assert tried(PASS, FAIL, FAIL) == (Verdict.FAIL, "off", JOINTLY + 2)
    assert tried(FAIL, KINK, FAIL) == (Verdict.FAIL, "off", JOINTLY + 3)


def test_one_conviction_is_none_and_is_never_forgotten(tried):
    undecided = Verdict.INCONCLUSIVE, "convicted only once", JOINTLY + numerical.ATTEMPTS
    assert tried(FAIL, KINK, KINK, KINK, KINK) == undecided
    assert tried(FAIL, PASS, PASS, PASS, PASS) == undecided


def test_what_never_settles_says_what_it_met_last(tried):
    assert tried(*[NOISE] * 4, KINK) == (Verdict.INCONCLUSIVE, "kink", JOINTLY + 5)
    assert tried(KINK, PASS, PASS) == (Verdict.PASS, "", JOINTLY + 2)
