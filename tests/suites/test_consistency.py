"""An oracle that contradicts its own declaration is refused: when it is sealed, or when it is proved."""

import numpy as np
import pytest

from suites import AuthoringError, Law, Op, Part, orthogonal, regime, sums_to_zero
from suites.consistency import refuse_properties, refuse_terms
from suites.seal import seal, streams


@regime(public=True)
def rows(rng):
    """Rows."""
    return {"x": rng.normal(size=(4, 3)), "w": rng.normal(size=3), "k": np.arange(3)}


def forward(x, w, k):
    return x * w, (x, w)


def backward(dout, cache):
    x, w = cache
    return dout * w, (dout * x).sum(axis=0)


GIVEN = {
    "forward": "f",
    "oracle": forward,
    "args": ("x", "w", "k"),
    "regimes": (rows,),
    "backward": "b",
    "gradient": backward,
    "wrt": ("x", "w"),
}


def sealed(**changes):
    return seal(Op(**{**GIVEN, **changes}), (), streams(b"consistency"))


def refused(**changes):
    with pytest.raises(AuthoringError) as caught:
        sealed(**changes)
    return str(caught.value)


def test_gradients_are_shaped_like_what_wrt_names():
    assert sealed()
    assert refused(wrt=("w", "x")) == (
        "the oracle of f returns a dw of shape (4, 3) on regime rows, where w has (3,); "
        "return the gradients in the order of wrt: dw, dx"
    )
    assert "returns a dx of shape (1, 4, 3)" in refused(
        wrt=("x",), gradient=lambda d, c: (backward(d, c)[0],)
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("k", np.array(["a", "b"]), "'k' is an array of <U1 and shape (2,)"),
        ("k", np.array([None]), "'k' is an array of object and shape (1,)"),
        ("x", np.ones((0, 3)), "'x' is an array of float64 and shape (0, 3)"),
    ],
)
def test_arrays_hold_one_number_or_more(name, value, says):
    @regime()
    def odd(rng):
        """Odd."""
        return {**rows(rng), name: value}

    assert refused(regimes=(odd,)) == f"regime odd: {says}; draw one number or more"


@pytest.mark.parametrize("taken", [1, 3])
def test_there_is_a_gradient_for_each_of_wrt(taken):
    def some(dout, cache):
        return (*backward(dout, cache), dout)[:taken]

    assert refused(gradient=some) == f"some returns {taken} gradients, f has ('dx', 'dw')"


def test_terms_sum_to_their_gradient():
    def terms(dout, cache):
        return {"one": dout, "other": dout * (cache[1] - 1)}

    def off(dout, cache):
        return {**terms(dout, cache), "third": 1e-3 * dout}

    def untrue(terms):
        (case,) = sealed(terms={"dx": terms})
        with pytest.raises(AuthoringError) as caught:
            refuse_terms(case)
        return str(caught.value)

    (case,) = sealed(terms={"dx": terms})
    refuse_terms(case)
    said = "the terms of dx in f do not sum to it on regime rows: "
    assert untrue(off) == said + "one, other, third"
    assert untrue(lambda dout, cache: {}) == said + "there are none"
    assert refused(terms={"dy": terms}) == "terms of f speaks of 'dy'; its gradients are dx, dw"


@pytest.mark.parametrize("name", ["x", "k"])
def test_an_oracle_leaves_its_arguments_alone(name):
    def hasty(x, w, k):
        out = x * w
        {"x": x, "k": k}[name][0] += 1
        return out, (x, w)

    said = f"the oracle of f changes its argument {name} on regime rows; let it work on a copy"
    assert refused(oracle=hasty) == said
    random = {"backward": None, "gradient": None, "wrt": (), "law": lambda x, w, k: Law(1.0, 1.0)}
    assert (
        refused(oracle=lambda x, w, k, rng: (x, hasty(x.copy() if name == "k" else x, w, k))[0], **random)
        == said
    )


def test_a_backward_leaves_its_upstream_gradient_alone():
    def hasty(dout, cache):
        dout *= 2
        return backward(dout, cache)

    assert "the oracle of f changes its argument dout on regime rows" in refused(gradient=hasty)
    (case,) = sealed()
    assert np.array_equal(case.inputs["k"], np.arange(3))


@regime(tier="unusual", like="rows")
def ones(rng):
    """Ones, of which nothing sums to zero."""
    return {**rows(rng), "x": np.ones((4, 3))}


def test_a_property_that_is_false_of_the_oracle_is_refused():
    def centred(x, w, k):
        return (x - x.mean(axis=0) if x.std() else x), (x, w)

    op = Op(**{**GIVEN, "oracle": centred, "regimes": (rows, ones)})
    cases = seal(op, (), streams(b"consistency"))
    refuse_properties(Part("layer", op, (sums_to_zero("columns sum to zero", "out", (0,)),)), cases)
    for prop, says in (
        (sums_to_zero("rows sum to zero", "out", (1,)), "rows sum to zero"),
        (orthogonal("rows are orthogonal to x", "out", "x", 1), "rows are orthogonal to x"),
    ):
        with pytest.raises(AuthoringError) as caught:
            refuse_properties(Part("layer", op, (prop,)), cases)
        assert str(caught.value) == (
            f"part layer: out of the oracle itself does not have the property {says!r} on regime rows; "
            "mend it or leave it out"
        )


def test_a_property_of_an_axis_that_is_not_there_is_refused():
    op = Op(**GIVEN)
    part = Part("layer", op, (sums_to_zero("it sums to zero", "out", (2,)),))
    with pytest.raises(AuthoringError, match="the property 'it sums to zero' cannot be tested: AxisError"):
        refuse_properties(part, seal(op, (), streams(b"consistency")))
