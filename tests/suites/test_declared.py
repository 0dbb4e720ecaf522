"""What an author declares and cannot mean is refused in one sentence."""

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
            "part layer: checks is of type Agreement; write a tuple, with a comma after one check too",
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
        ({"needs": "forward"}, "part backward: needs is the text 'forward'; write ('forward',)"),
        ({"checks": (gradient(dx=-4),)}, "part backward: dx has -4 points; give it 0 or more"),
    ],
)
def test_parts_that_contradict_themselves_are_refused(changes, says):
    given = {"checks": (gradient(dx=4),), "needs": ("forward",)}
    first = Part("forward", LAYER, (agreement(out=0),))
    refuse_contradictions(Assignment("", "a.py", (first, Part("backward", LAYER, **given))))
    with pytest.raises(AuthoringError) as caught:
        refuse_contradictions(
            Assignment("", "a.py", (first, Part("backward", LAYER, **{**given, **changes})))
        )
    assert str(caught.value) == says


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
