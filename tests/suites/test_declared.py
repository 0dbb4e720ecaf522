"""What an author declares and cannot mean is refused in one sentence."""

from dataclasses import replace

import pytest

from suites import (
    Assignment,
    AuthoringError,
    Op,
    Part,
    agreement,
    by_statistics,
    gradient,
    orthogonal,
    regime,
    sums_to_zero,
)
from suites.declared import refuse_contradictions


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=4)}


LAYER = Op("f", lambda x: (x, 0), ("x",), (numbers,), backward="b", gradient=lambda d, c: d, wrt=("x",))


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        (
            agreement(out=4),
            "part layer: checks is of type Agreement; write a tuple, with a comma after one item too",
        ),
        ((gradient(dy=4),), "part layer: gradient speaks of 'dy'; f has dx"),
        ((gradient(out=4),), "part layer: gradient speaks of 'out'; f has dx"),
        ((agreement(dx=4),), "part layer: agreement speaks of 'dx'; f has out"),
        ((by_statistics(dy=4),), "part layer: statistics speaks of 'dy'; f has out, dx"),
        ((sums_to_zero("", "dy", (0,)),), "part layer: property speaks of 'dy'; f has out, dx"),
        ((orthogonal("", "dx", "y", 0),), "part layer: property speaks of 'y'; f takes x"),
    ],
)
def test_a_check_speaks_of_what_is_there(checks, says):
    with pytest.raises(AuthoringError) as caught:
        Part("layer", LAYER, checks)
    assert str(caught.value) == says


def test_a_check_of_what_is_there_is_taken():
    property = orthogonal("", "dx", "x", 0)
    Part("layer", LAYER, (agreement(out=1), gradient(dx=1), by_statistics(out=1, dx=1), property))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"needs": ("forwrd",)},
            "part backward needs 'forwrd', which is no part; use any of forward, backward",
        ),
        (
            {"needs": ("backward",)},
            "part backward needs 'backward', which does not stand before it; move it up, or leave it out",
        ),
        ({"needs": "forward"}, "part backward: needs is the text 'forward'; write ('forward',)"),
        ({"checks": (gradient(dx=-4),)}, "part backward: dx has -4 points; give it 0 or more"),
        (
            {"checks": (gradient(dx=4), gradient(dx=1))},
            "part backward: dx has points twice; give them in one check",
        ),
        ({"name": "forward", "needs": ()}, "there are two parts 'forward'; rename one"),
        (
            {"name": "reason", "needs": ()},
            "there is a part 'reason', as a column of every gradebook is; rename it",
        ),
        (
            {"op": replace(LAYER)},
            "part backward: there is another operation f; "
            "make one Op of it that all parts share, or rename its forward",
        ),
    ],
)
def test_parts_that_contradict_themselves_are_refused(changes, says):
    given = {"name": "backward", "op": LAYER, "checks": (gradient(dx=4),), "needs": ("forward",)}
    first = Part("forward", LAYER, (agreement(out=0),))
    refuse_contradictions(Assignment("", "a.py", (first, Part(**given))))
    with pytest.raises(AuthoringError) as caught:
        refuse_contradictions(Assignment("", "a.py", (first, Part(**{**given, **changes}))))
    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"gradient": None},
            "f has backward, wrt and no gradient; an operation has all three, or none of them",
        ),
        (
            {"backward": None},
            "f has gradient, wrt and no backward; an operation has all three, or none of them",
        ),
        ({"wrt": ("z",)}, "f: wrt speaks of 'z'; use any of x"),
        ({"domains": {"xx": "numbers"}}, "f: domains speaks of 'xx'; use any of x"),
        ({"terms": {"dz": lambda dout, cache: {}}}, "f: terms speaks of 'dz'; use any of dx"),
        ({"fixed": {"dz": "a theorem"}}, "f: fixed speaks of 'dz'; use any of out, dx"),
        ({"regimes": (numbers.draw,)}, "f: numbers in regimes is no regime; write @regime(...) above it"),
    ],
)
def test_operations_that_contradict_themselves_are_refused(changes, says):
    property_alone = (sums_to_zero("", "out", (0,)),)
    with pytest.raises(AuthoringError) as caught:
        refuse_contradictions(
            Assignment("", "a.py", (Part("forward", replace(LAYER, **changes), property_alone),))
        )
    assert str(caught.value) == says


@pytest.mark.parametrize(("name", "value"), [("args", "x"), ("wrt", "x"), ("outputs", "out"), ("regimes", 0)])
def test_what_may_be_several_is_a_tuple(name, value):
    with pytest.raises(AuthoringError) as caught:
        replace(LAYER, **{name: value})
    kind = type(value).__name__
    assert str(caught.value) == f"f: {name} is of type {kind}; write a tuple, with a comma after one item too"
    with pytest.raises(AuthoringError, match="assignment: packages is of type str; write a tuple"):
        Assignment("", "a.py", (), packages="numpy")


@pytest.mark.parametrize("count", [{"draws": 0}, {"draws": "2"}, {"repeats": -1}])
def test_a_regime_is_drawn_once_or_more(count):
    with pytest.raises(AuthoringError, match=r"regime numbers: \w+ is .*; give it a whole number from 1"):
        regime(**count)(numbers.draw)


def test_a_convention_has_a_policy():
    Assignment("", "a.py", (), conventions={"a.b": "required", "c.d": "accepted"})
    with pytest.raises(AuthoringError) as caught:
        Assignment("", "a.py", (), conventions={"a.b": "require"})
    assert str(caught.value) == "assignment: conventions says 'require' of a.b; use one of required, accepted"


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ("forward", "regime odd: checks is the text 'forward'; write ('forward',)"),
        (("forwards",), "regime odd: checks has 'forwards'; use any of backward, forward, self"),
    ],
)
def test_a_regime_checks_what_there_is(checks, says):
    def odd(rng):
        """Odd."""

    with pytest.raises(AuthoringError) as caught:
        regime(checks=checks)(odd)
    assert str(caught.value) == says
