"""Functions that return a value with its gradient: whose mistake a gradient is, and what a tie forgives."""

from fractions import Fraction

import numpy as np
import pytest

from reference import risk, weightnorm
from suites import AuthoringError, Op, agreement, orthogonal, regime, variant
from suites.judging import Grounds, judge_check
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.types import Verdict


@regime(public=True, draws=2)
def residuals(rng):
    """Predictions and targets."""
    return {"y": rng.normal(size=(5, 3)), "t": rng.normal(size=(5, 3))}


@regime(tier="unusual", public=True)
def hits(rng):
    """Some predictions are exactly right."""
    drawn = residuals(rng)
    drawn["t"][:2] = drawn["y"][:2]
    return drawn


@variant("abs.sum", of=risk.absolute, kind="note", says="The sum over the batch.", hint="The mean?")
def summed(y, t):
    loss, dy = risk.absolute(y, t)
    return len(y) * loss, len(y) * dy


@variant("abs.no-mean", of=risk.absolute, kind="wrong", says="dy is not divided by N.", hint="And the loss?")
def undivided(y, t):
    loss, dy = risk.absolute(y, t)
    return loss, len(y) * dy


@variant("abs.tie-up", of=risk.absolute, kind="accept", says="The slope at 0 is 1.", hint="Which else?")
def tie_up(y, t):
    loss, _ = risk.absolute(y, t)
    return loss, np.where(y >= t, 1.0, -1.0) / len(y)


VARIANTS = (summed, undivided, tie_up)
OP = Op(
    forward="loss",
    oracle=risk.absolute,
    args=("y", "t"),
    outputs=("loss", "dy"),
    regimes=(residuals, hits),
)


def judged(double, function):
    cases = seal(OP, VARIANTS, streams(b"s"))
    student = double(loss=function)
    grounds = Grounds({v.id: v.words for v in VARIANTS}, {"abs.sum": "required"}, Fraction(1, 2))
    return judge_check("part", agreement(loss=1, dy=1), ask_cases(student, cases), student, grounds)


def named(findings):
    return {f.tensor: f.diagnosis.id for f in findings if f.diagnosis}


def test_a_gradient_with_two_names_gets_the_one_that_the_loss_bears_out(double):
    assert named(judged(double, summed.wrong)) == {"loss": "abs.sum", "dy": "abs.sum"}
    assert named(judged(double, undivided.wrong)) == {"dy": "abs.no-mean"}


def test_a_loss_that_bears_out_no_name_leaves_the_one_that_says_nothing_of_it(double):
    findings = judged(double, lambda y, t: (0.0, undivided.wrong(y, t)[1]))
    assert named(findings)["dy"] == "abs.no-mean"
    assert named(findings)["loss"] == ""


def test_a_convention_that_holds_throughout_costs_a_tenth(double):
    assert {f.verdict for f in judged(double, summed.wrong)} == {Verdict.PASS}


@pytest.mark.parametrize(("kind", "verdict"), [("accept", Verdict.PASS), ("wrong", Verdict.FAIL)])
def test_what_is_one_of_several_is_harmless_if_all_of_them_are(kind, verdict, double):
    @variant("abs.also-up", of=risk.absolute, kind=kind, says="The same.", hint="Which?")
    def also_up(y, t):
        return tie_up.wrong(y, t)

    cases = seal(OP, (tie_up, also_up), streams(b"s"))
    student = double(loss=tie_up.wrong)
    grounds = Grounds({v.id: v.words for v in (tie_up, also_up)})
    findings = judge_check("part", agreement(dy=1), ask_cases(student, cases), student, grounds)
    assert [f.verdict for f in findings] == [Verdict.PASS, verdict]


def test_a_tie_makes_no_answer_right(double):
    """The oracle's own step there would be taken for rounding that is as large as the gradient."""

    def wrong_at_ties(y, t):
        loss, dy = risk.absolute(y, t)
        return loss, np.where(y == t, 7.0, dy)

    assert named(judged(double, tie_up.wrong)) == {"dy": "abs.tie-up"}
    failed = [f for f in judged(double, wrong_at_ties) if f.verdict is Verdict.FAIL]
    assert [(f.tensor, f.tier) for f in failed] == [("dy", "unusual")]


@regime(public=True)
def weights(rng):
    """Rows of weights."""
    return {"v": 4 + rng.normal(size=(5, 3)), "g": rng.normal(size=5)}


@pytest.mark.parametrize("projected", [True, False])
def test_orthogonality_is_confirmed_or_denied(projected, double):
    op = Op(
        forward="forward",
        backward="backward",
        oracle=weightnorm.forward,
        gradient=weightnorm.backward,
        args=("v", "g"),
        outputs=("w",),
        wrt=("v", "g"),
        regimes=(weights,),
    )

    def backward(dw, cache):
        dv, dg = weightnorm.backward(dw, cache)
        return (dv if projected else weightnorm.terms(dw, cache)["direct"]), dg

    prop = orthogonal("each row of dv is orthogonal to that of v", "dv", "v", 1)
    student = double(forward=weightnorm.forward, backward=backward)
    seen = ask_cases(student, seal(op, (), streams(b"s")))
    (found,) = judge_check("part", prop, seen, student, Grounds())
    assert found.verdict is (Verdict.PASS if projected else Verdict.FAIL)
    assert ("does not hold" in found.cause) is not projected
    assert found.points == 0


def test_an_oracle_without_a_cache_is_refused_where_there_is_a_backward():
    """Its gradients would be missing from the cases without a word."""
    op = Op(
        forward="forward",
        backward="backward",
        oracle=lambda v, g: (weightnorm.forward(v, g)[0], None),
        gradient=weightnorm.backward,
        args=("v", "g"),
        outputs=("w",),
        wrt=("v", "g"),
        regimes=(weights,),
    )
    with pytest.raises(AuthoringError, match="forward: the oracle's cache is None"):
        seal(op, (), streams(b"s"))
