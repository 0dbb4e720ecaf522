"""From answers to findings: tiers and points, names, what carries forward, what is shown."""

from fractions import Fraction

import numpy as np
import pytest

from reference import activations, batchnorm
from suites import Op, agreement, gradient, regime, sums_to_zero, variant
from suites.diagnosis import matching_variants, name_mistake
from suites.evidence import PICTURE, picture
from suites.judging import Grounds, judge_check
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.tolerance import PARTLY_SINGLE
from suites.types import Failure, Opaque, Verdict

ORDINARY, UNUSUAL = Fraction(9, 10), Fraction(1, 10)


def draw(rng, n, d, eps=1e-5):
    return {
        "x": 2 + rng.normal(size=(n, d)),
        "gamma": rng.normal(size=d),
        "beta": rng.normal(size=d),
        "eps": eps,
    }


@regime(draws=2)
def hidden(rng):
    """Ordinary rows."""
    return draw(rng, 7, 4)


@regime(public=True)
def shown(rng):
    """Other rows."""
    return draw(rng, 6, 5)


@regime(tier="unusual", public=True)
def large_eps(rng):
    """A large eps."""
    return draw(rng, 8, 3, 0.5)


def forward_variant(id, kind="wrong", **changed):
    def wrong(x, gamma, beta, eps=1e-5):
        cache = batchnorm.forward(x, gamma, beta, eps)[1]
        m = x.shape[0]
        inv_std = 1 / np.sqrt(cache.var * m / (m - 1) + eps)
        cache = cache._replace(inv_std=inv_std, xhat=(x - cache.mu) * inv_std)
        return cache.gamma * cache.xhat + batchnorm.per_feature(beta, x), cache

    return variant(id, of=batchnorm.forward, kind=kind, says="The unbiased variance.", hint="By what?")(wrong)


def backward_variant(id, kind="wrong", **factors):
    def wrong(dout, cache):
        right = zip(("dx", "dgamma", "dbeta"), batchnorm.backward(dout, cache), strict=True)
        return tuple(factors.get(name, 1) * value for name, value in right)

    return variant(id, of=batchnorm.backward, kind=kind, says=f"The mistake {id}.", hint="Is it?")(wrong)


UNBIASED = forward_variant("unbiased")
HALF = backward_variant("half", dx=0.5)
DOUBLE_DGAMMA = backward_variant("double", dgamma=2)


def layer(*regimes, **changes):
    given = {
        "forward": "fwd",
        "backward": "bwd",
        "oracle": batchnorm.forward,
        "gradient": batchnorm.backward,
        "args": ("x", "gamma", "beta", "eps"),
        "wrt": ("x", "gamma", "beta"),
        **changes,
    }
    return Op(regimes=regimes or (hidden, shown, large_eps), **given)


def grounds(variants=(), **more):
    return Grounds({v.id: v.words for v in variants}, **more)


def judged(student, check=None, op=None, variants=(), seed=b"s", **more):
    cases = seal(op or layer(), variants, streams(seed))
    check = check or gradient(dx=5, dgamma=2, dbeta=1)
    return judge_check("part", check, ask_cases(student, cases), student, grounds(variants, **more))


def by(findings):
    return {(f.tensor, f.tier): f for f in findings}


def right(dout, cache):
    return batchnorm.backward(dout, cache)


@pytest.fixture
def bn(double):
    """A student of batch normalisation; what is given replaces the oracle's function."""
    return lambda **functions: double(**{"fwd": batchnorm.forward, "bwd": right, **functions})


# --------------------------------------------------------------------------- points and tiers


def test_a_right_solution_gets_everything(bn):
    for check in (agreement(out="2.5"), gradient(dx=5, dgamma="1/3", dbeta=1)):
        findings = judged(bn(), check)
        assert all(f.verdict is Verdict.PASS and f.credit == 1 and not f.notes for f in findings)
        assert all(f.cause == "" and f.diagnosis is None for f in findings)
        assert sum(f.score for f in findings) == sum(check.points.values())


def test_a_tensor_has_nine_tenths_in_the_ordinary_tier(bn):
    points = {key: f.points for key, f in by(judged(bn(), gradient(dx="0.3"))).items()}
    assert points == {("dx", "ordinary"): Fraction(27, 100), ("dx", "unusual"): Fraction(3, 100)}
    (only,) = judged(bn(), gradient(dx=1), layer(hidden))
    assert only.points == 1


def test_what_is_wrong_in_the_unusual_tier_costs_a_tenth(bn):
    def fixed(x, gamma, beta, eps):
        return batchnorm.forward(x, gamma, beta, 1e-5)

    found = by(judged(bn(fwd=fixed), agreement(out=4)))
    assert found["out", "ordinary"].score == 4 * ORDINARY
    assert found["out", "unusual"].score == 0
    assert found["out", "unusual"].diagnosis.symptom


def test_one_wrong_case_costs_the_tier(bn):
    def fails_on_six(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx * (1 + 1e-3 * (len(dx) == 6)), *rest)

    found = by(judged(bn(bwd=fails_on_six)))
    assert found["dx", "ordinary"].score == 0
    assert found["dx", "ordinary"].evidence.failed_cases == 1
    assert found["dx", "ordinary"].evidence.cases == 3
    assert found["dx", "unusual"].score == 5 * UNUSUAL
    assert found["dgamma", "ordinary"].score == 2 * ORDINARY


def test_a_kind_of_input_counts_where_it_is_asked_about(bn):
    @regime(checks={"forward"})
    def forward_only(rng):
        """Rows that only the forward is asked about."""
        return draw(rng, 9, 2)

    def fails_on_nine(dout, cache):
        dx, *rest = right(dout, cache)
        return (2 * dx if len(dx) == 9 else dx, *rest)

    (found,) = judged(bn(bwd=fails_on_nine), gradient(dx=1), layer(hidden, forward_only))
    assert (found.verdict, found.evidence.cases) == (Verdict.PASS, 2)
    (found,) = judged(bn(bwd=fails_on_nine), agreement(out=1), layer(hidden, forward_only))
    assert found.evidence.cases == 3


def test_what_is_off_everywhere_is_said_so(bn):
    def odd_forward(*args):
        out, cache = batchnorm.forward(*args)
        return out + np.random.default_rng(len(out)).normal(size=out.shape), cache

    (found,) = judged(bn(fwd=odd_forward), agreement(out=1), layer(hidden))
    assert found.diagnosis.symptom == "off on every kind of input"
    (found,) = judged(bn(fwd=odd_forward), agreement(out=1), layer(shown))
    assert found.diagnosis.symptom == "off on: Other rows"


def test_a_lenient_regime_forgives_what_is_nearly_right(bn):
    @regime(strict=False)
    def lenient(rng):
        """Lenient rows."""
        return draw(rng, 7, 4)

    def nearly(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx * (1 + 3e-5), *rest)

    (found,) = judged(bn(bwd=nearly), gradient(dx=1), layer(lenient))
    assert found.verdict is Verdict.PASS
    assert found.notes == ("beyond rounding, within 1e-4",)
    assert (found.credit, found.cause, found.diagnosis) == (1, "", None)
    (found,) = judged(bn(bwd=nearly), gradient(dx=1), layer(hidden))
    assert found.verdict is Verdict.FAIL
    near = backward_variant("near", dx=1 + 3e-5)  # a mistake with a name is none that is forgiven
    (found,) = judged(bn(bwd=near.wrong), gradient(dx=1), layer(lenient), (near,))
    assert (found.verdict, found.diagnosis.id) == (Verdict.FAIL, "near")

    def nearly_somehow(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx * (1 + 3e-5 * np.random.default_rng(0).uniform(0.5, 1, dx.shape)), *rest)

    (found,) = judged(bn(bwd=nearly_somehow), gradient(dx=1), layer(lenient))
    assert (found.verdict, found.credit) == (Verdict.PASS, 1)
    for far in (lambda dx: 2 * dx, lambda dx: Opaque("a generator")):
        (found,) = judged(
            bn(bwd=lambda dout, cache, far=far: (far(right(dout, cache)[0]), *right(dout, cache)[1:])),
            gradient(dx=1),
            layer(lenient),
        )
        assert found.verdict is Verdict.FAIL


def test_single_precision_is_noted_where_the_rest_is_right(bn):
    """Beside a mistake it would be read as its cause."""

    def narrow(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx * (1 + 1e-7), *rest)

    def half_of_some(dout, cache):
        dx, *rest = narrow(dout, cache)
        return (dx * (0.5 if len(dx) == 7 else 1), *rest)

    (found,) = judged(bn(bwd=narrow), gradient(dx=1), layer(hidden, shown))
    assert (found.verdict, found.notes) == (Verdict.PASS, (PARTLY_SINGLE,))
    (found,) = judged(bn(bwd=half_of_some), gradient(dx=1), layer(hidden, shown))
    assert (found.verdict, found.notes) == (Verdict.FAIL, ())


# --------------------------------------------------------------------------- names


def test_a_variant_is_named_for_its_tensor_alone(bn):
    found = by(judged(bn(bwd=HALF.wrong), variants=(HALF, DOUBLE_DGAMMA)))
    assert found["dx", "ordinary"].diagnosis.id == "half"
    assert found["dx", "ordinary"].diagnosis.hint == "Is it?"
    assert "by the same factor" in found["dx", "ordinary"].diagnosis.symptom
    assert found["dgamma", "ordinary"].verdict is Verdict.PASS


def test_two_mistakes_in_two_tensors_are_both_named(bn):
    def both(dout, cache):
        dx, dgamma, dbeta = right(dout, cache)
        return dx / 2, 2 * dgamma, dbeta

    found = by(judged(bn(bwd=both), variants=(HALF, DOUBLE_DGAMMA)))
    assert found["dx", "ordinary"].diagnosis.id == "half"
    assert found["dgamma", "ordinary"].diagnosis.id == "double"


def test_a_variant_must_agree_in_every_case(bn):
    def sometimes(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx * (0.5 if len(dx) == 7 else 0.4), *rest)

    cases = seal(layer(), (HALF,), streams(b"s"))
    seen = ask_cases(bn(bwd=sometimes), cases)
    assert matching_variants("dx", seen) == ()
    assert name_mistake("dx", seen, {"half": HALF.words}).diagnosis.id == ""


def test_two_variants_that_return_the_same_are_named_as_one_of_two(bn):
    twin = backward_variant("twin", dx=0.5)
    found = by(judged(bn(bwd=HALF.wrong), variants=(HALF, twin)))["dx", "ordinary"]
    assert found.verdict is Verdict.FAIL
    assert found.diagnosis.id == ""
    assert found.diagnosis.says == "One of: The mistake half or The mistake twin."


def test_without_a_variant_the_symptom_is_said(bn):
    found = by(judged(bn(bwd=HALF.wrong)))["dx", "ordinary"]
    assert found.diagnosis.id == ""
    assert "every entry of dx is off by the same factor" in found.diagnosis.symptom


def test_without_even_that_the_inputs_are_named(bn):
    def odd(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx + np.random.default_rng(len(dx)).normal(size=dx.shape), *rest)

    found = by(judged(bn(bwd=odd)))
    assert found["dx", "unusual"].diagnosis.symptom.startswith(("off on: A large eps", "dx is not", "your"))
    assert found["dx", "ordinary"].verdict is Verdict.FAIL


@pytest.mark.parametrize("kind", ["note", "accept"])
def test_a_harmless_variant_costs_nothing_unless_required(kind, bn):
    v = backward_variant("habit", kind, dx=0.5)
    for conventions in ({}, {"habit": "accepted"}):
        found = by(judged(bn(bwd=v.wrong), variants=(v,), conventions=conventions))
        assert {f.evidence.failed_cases for f in found.values()} == {0}
        assert all(f.verdict is Verdict.PASS and f.credit == 1 for f in found.values())
        assert found["dx", "ordinary"].diagnosis.id == "habit"
    found = by(judged(bn(bwd=v.wrong), variants=(v,), conventions={"habit": "required"}))
    assert found["dx", "ordinary"].credit == (Fraction(8, 9) if kind == "note" else 1)
    assert found["dx", "ordinary"].verdict is Verdict.PASS


def test_a_habit_is_no_excuse_where_something_else_is_wrong(bn):
    """Who sums by habit and overflows on unusual input keeps the ordinary tier, and is told of the other."""
    v = backward_variant("habit", "note", dx=0.5)

    def overflows(dout, cache):
        dx, *rest = v.wrong(dout, cache)
        return (dx * np.inf if len(dx) == 8 else dx, *rest)

    found = by(judged(bn(bwd=overflows), variants=(v,), conventions={"habit": "required"}))
    ordinary, unusual = found["dx", "ordinary"], found["dx", "unusual"]
    assert (ordinary.verdict, ordinary.credit, ordinary.diagnosis.id) == (
        Verdict.PASS,
        Fraction(8, 9),
        "habit",
    )
    assert (unusual.verdict, unusual.cause, unusual.credit) == (Verdict.FAIL, "not finite", 0)
    assert (unusual.diagnosis.id, unusual.diagnosis.symptom) == ("", "off on: A large eps")


# --------------------------------------------------------------------------- carried forward


@pytest.mark.parametrize("carry", [Fraction(1, 2), Fraction(3, 4)])
def test_a_right_backward_of_a_named_forward_is_paid_the_fraction(carry, bn):
    student = bn(fwd=UNBIASED.wrong)
    found = by(judged(student, variants=(UNBIASED,), carry=carry))
    dx = found["dx", "ordinary"]
    assert dx.verdict is Verdict.FAIL
    assert dx.credit == carry
    assert dx.cause == "right for your own forward, which is off"
    assert dx.diagnosis.id == "unbiased"
    assert found["dbeta", "ordinary"].credit == 1  # right anyway
    assert by(judged(student, agreement(out=1), variants=(UNBIASED,)))["out", "ordinary"].credit == 0


def own_unbiased():
    """The unbiased variance with its own exact gradient, which is not what the right backward makes of it."""

    def forward(x, gamma, beta, eps):
        m, centred = len(x), x - x.mean(0)
        inv = 1 / np.sqrt((centred**2).sum(0) / (m - 1) + eps)
        return gamma * centred * inv + beta, (centred * inv, inv, gamma)

    def backward(dout, cache):
        xhat, inv, gamma = cache
        m, d = len(dout), dout * gamma
        dx = inv * (d - d.mean(0) - xhat * (d * xhat).sum(0) / (m - 1))
        return dx, (dout * xhat).sum(0), dout.sum(0)

    return {"fwd": forward, "bwd": backward}


def test_the_exact_gradient_of_a_named_forward_is_paid_after_the_numerical_check(bn):
    found = by(judged(bn(**own_unbiased()), variants=(UNBIASED,)))
    assert found["dx", "ordinary"].credit == Fraction(1, 2)
    assert found["dx", "ordinary"].verdict is Verdict.FAIL


def test_a_forward_without_a_name_carries_nothing(bn):
    found = by(judged(bn(**own_unbiased())))["dx", "ordinary"]
    assert found.credit == 0
    assert found.cause == "your backward is the gradient of your own forward: mend the forward first"


def test_a_wrong_backward_of_a_named_forward_is_paid_nothing(bn):
    def wrong(dout, cache):
        dx, *rest = own_unbiased()["bwd"](dout, cache)
        dx[0, 0] += 1.0
        return (dx, *rest)

    found = by(judged(bn(fwd=own_unbiased()["fwd"], bwd=wrong), variants=(UNBIASED,)))["dx", "ordinary"]
    assert found.credit == 0
    assert found.cause == "dx is not the gradient of your own forward either: entries [0, 0]"


def test_a_harmless_forward_carries_everything(bn):
    habit = forward_variant("habit", "accept")
    found = judged(bn(fwd=habit.wrong), variants=(habit,))
    assert all(f.credit == 1 and f.verdict is Verdict.PASS for f in found)


STUBS = {
    "zeros": (
        lambda x, gamma, beta, eps: (0 * x, (x, gamma)),
        lambda dout, cache: (0 * dout, 0 * cache[1], 0 * cache[1]),
    ),
    "identity": (
        lambda x, gamma, beta, eps: (x, (x, gamma)),
        lambda dout, cache: (dout, 0 * cache[1], 0 * cache[1]),
    ),
    "affine": (
        lambda x, gamma, beta, eps: (gamma * x + 3 * beta, (x, gamma)),
        lambda dout, cache: (dout * cache[1], (dout * cache[0]).sum(0), 3 * dout.sum(0)),
    ),
}


@pytest.mark.parametrize("stub", STUBS)
def test_a_consistent_stub_earns_nothing(stub, bn):
    forward, backward = STUBS[stub]
    student = bn(fwd=forward, bwd=backward)
    for check in (agreement(out=4), gradient(dx=5, dgamma=2, dbeta=1)):
        found = judged(student, check, variants=(UNBIASED, HALF))
        assert sum(f.score for f in found) == 0
        assert all(f.verdict is Verdict.FAIL for f in found)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0, 2.0])
def test_at_the_oracles_kinks_any_subgradient_is_paid(slope, double):
    @regime()
    def some_zeros(rng):
        """Numbers, some of them 0."""
        x = rng.normal(size=(5, 4))
        x[:2] = 0.0
        return {"x": x}

    relu = Op(
        "relu",
        activations.relu_forward,
        ("x",),
        (some_zeros,),
        ("out",),
        "back",
        activations.relu_backward,
        ("x",),
    )
    student = double(
        relu=activations.relu_forward, back=lambda dout, x: dout * np.where(x == 0, slope, x > 0)
    )
    for seed in range(5):
        (found,) = judged(student, gradient(dx=1), relu, seed=bytes([seed]))
        assert found.credit == (slope <= 1)
        assert (found.verdict is Verdict.PASS) == (slope <= 1)
        assert bool(found.notes) == (0 < slope <= 1)


def test_a_kink_excuses_nothing_on_other_inputs(double):
    @regime()
    def a_zero(rng):
        """Numbers, some of them 0."""
        x = rng.normal(size=(5, 4))
        x[:2] = 0.0
        return {"x": x}

    @regime()
    def plain(rng):
        """Numbers."""
        return {"x": rng.normal(size=(3, 6))}

    regimes = (a_zero, plain)
    forward, backward = activations.relu_forward, activations.relu_backward
    relu = Op("relu", forward, ("x",), regimes, ("out",), "back", backward, ("x",))

    def back(dout, x):
        return dout * np.where(x == 0, 0.5, x > 0) * (2 if x.all() else 1)

    (found,) = judged(double(relu=activations.relu_forward, back=back), gradient(dx=1), relu)
    assert found.credit == 0


def test_a_named_forward_excuses_no_backward_that_is_wrong_on_other_inputs(bn):
    def sometimes(dout, cache):
        dx, *rest = own_unbiased()["bwd"](dout, cache)
        return (dx * (2 if len(dx) == 6 else 1), *rest)

    found = by(judged(bn(fwd=own_unbiased()["fwd"], bwd=sometimes), variants=(UNBIASED,)))["dx", "ordinary"]
    assert found.credit == 0


# --------------------------------------------------------------------------- failures, notes, evidence


@pytest.mark.parametrize(
    "verdict",
    [Verdict.ERROR, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.CRASH, Verdict.OUTPUT, Verdict.PROTOCOL],
)
def test_a_failure_keeps_its_verdict(verdict, bn):
    failure = Failure(verdict, "said in a clause", "the student's text")
    for f in judged(bn(bwd=failure)):
        assert (f.verdict, f.cause, f.credit) == (verdict, "said in a clause", 0)
        assert f.evidence.text == "the student's text"
    assert all(f.verdict is Verdict.PASS for f in judged(bn(bwd=failure), agreement(out=1)))


def test_a_missing_function_is_missing(bn):
    student = bn()
    del student.functions["bwd"]
    assert {f.verdict for f in judged(student)} == {Verdict.MISSING}


def test_what_cannot_cross_is_wrong_and_nothing_else_suffers(bn):
    found = by(judged(bn(bwd=lambda dout, cache: (Opaque("a generator"), *right(dout, cache)[1:]))))
    assert found["dx", "ordinary"].cause == "returned a generator, which cannot be sent back"
    assert found["dgamma", "ordinary"].credit == 1


def test_notes_never_cost(bn):
    def generous(dout, cache):
        dx, dgamma, dbeta = right(dout, cache)
        return dx.tolist(), dgamma[None], dbeta.astype(np.float32)

    found = by(judged(bn(bwd=generous)))
    assert all(f.credit == 1 for f in found.values())
    assert found["dx", "ordinary"].notes == ("a list where an array is expected",)
    assert "axes of size one are forgiven" in found["dgamma", "ordinary"].notes[0]


def test_a_changed_argument_is_noted_and_costs_nothing(bn):
    def in_place(x, gamma, beta, eps):
        out, cache = batchnorm.forward(x.copy(), gamma, beta, eps)
        x -= 1
        return out, cache

    found = judged(bn(fwd=in_place), agreement(out=1))
    assert all(f.credit == 1 for f in found)
    assert any("changes its argument x" in note for f in found for note in f.notes)


def test_the_worst_entry_of_a_public_case_is_shown(bn):
    def wrong(dout, cache):
        dx, *rest = right(dout, cache)
        dx[1, 2] += 100.0 if len(dx) == 7 else 1.0
        return (dx, *rest)

    shown_ = by(judged(bn(bwd=wrong)))["dx", "ordinary"].evidence
    assert shown_.public
    assert shown_.case == "fwd/shown/0"
    assert shown_.index == (1, 2)
    assert shown_.got - shown_.expected == pytest.approx(1.0)
    assert shown_.max_error == pytest.approx(1.0)
    assert shown_.picture[1][2] == 1.0
    assert np.count_nonzero(np.round(shown_.picture, 1)) == 1
    assert (len(shown_.picture), len(shown_.picture[0])) == shown_.shape == (6, 5)


def test_a_picture_is_small_and_keeps_a_single_entry():
    for shape in [(), (100,), (3, 200), (50, 4, 9), (24, 24), (0, 3)]:
        error = np.zeros(shape)
        if error.size:
            error.flat[error.size // 2] = 2.0
        cells = picture(error)
        assert len(cells) <= PICTURE
        assert all(len(row) <= PICTURE for row in cells)
        assert sum(map(sum, cells)) == (1.0 if error.size else 0.0)
    assert picture(np.array([[1.0, np.inf]])) == ((0.0, 1.0),)


# --------------------------------------------------------------------------- properties


def test_a_property_confirms_and_explains_and_earns_nothing(bn):
    prop = sums_to_zero("dx sums to zero over the batch", "dx", (0,))
    (held,) = judged(bn(), prop)
    assert (held.verdict, held.points, held.cause) == (Verdict.PASS, 0, "dx sums to zero over the batch")

    def no_mean(dout, cache):
        dx, *rest = right(dout, cache)
        return (dx + 0.1, *rest)

    (broken,) = judged(bn(bwd=no_mean), prop)
    assert broken.verdict is Verdict.FAIL
    assert broken.cause == "does not hold: dx sums to zero over the batch"
    assert broken.evidence.failed_cases == broken.evidence.cases == 3
    assert judged(bn(bwd=Failure(Verdict.ERROR, "raised")), prop) == []
