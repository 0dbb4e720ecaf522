"""What an author's code raises is one sentence with the author's line, whatever it was."""

import numpy as np
import pytest

from suites import AuthoringError, Domain, Law, Op, regime, variant
from suites.blame import blamed, told
from suites.seal import seal, streams


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=4), "n": 2}


def triple(x, n):
    return 3 * x, n


def of_triple(dout, cache):
    return 3 * dout


def raising(error):
    def broken(*args):
        raise error

    return broken


GIVEN = {
    "forward": "f",
    "oracle": triple,
    "args": ("x", "n"),
    "regimes": (numbers,),
    "backward": "b",
    "gradient": of_triple,
    "wrt": ("x",),
}


def refused(**changes):
    with pytest.raises(AuthoringError) as caught:
        seal(Op(**{**GIVEN, **changes}), (), streams(b"blame"))
    return str(caught.value)


def line_of(function):
    return f"({__file__}:{function.__code__.co_firstlineno + 1}, in {function.__name__})"


ERRORS = (
    ValueError("no"),
    AttributeError("no"),
    KeyError("no"),
    ZeroDivisionError("no"),
    AssertionError("no"),
)


@pytest.mark.parametrize("error", ERRORS)
def test_what_an_oracle_raises_names_the_regime_and_the_line(error):
    broken = raising(error)
    said = (
        f"the oracle of f does not run on regime numbers: {type(error).__name__}: {error} {line_of(broken)}"
    )
    assert refused(oracle=broken) == said
    assert refused(gradient=broken) == said
    assert refused(terms={"dx": broken}) == said


def test_a_law_that_raises_is_told_too():
    changes = {"law": raising(ValueError("no")), "backward": None, "gradient": None, "wrt": ()}
    assert "the oracle of f does not run on regime numbers: ValueError: no" in refused(**changes)
    changes = {**changes, "law": lambda x, n: Law(1.0, 1.0), "oracle": raising(ValueError("no"))}
    assert "the oracle of f does not run on regime numbers: ValueError: no" in refused(**changes)


def test_an_oracle_that_takes_other_arguments_has_no_line():
    said = refused(oracle=lambda x: x)
    assert said.startswith("the oracle of f does not run on regime numbers: TypeError: ")
    assert "takes 1 positional argument but 2 were given" in said


def test_a_line_of_numpys_is_told_by_the_authors_line_that_led_there():
    def folded(x, n):
        return np.stack([x, x[1:]]), n

    assert refused(oracle=folded).endswith(line_of(folded))


def test_an_oracle_that_fails_on_some_draw_only_is_told_with_its_regime():
    def sometimes(x, n):
        if x[0] > 0:
            raise ValueError("positive")
        return 3 * x, n

    @regime(draws=20)
    def many(rng):
        """Many."""
        return numbers(rng)

    assert "on regime many: ValueError: positive" in refused(oracle=sometimes, regimes=(many,))


def test_a_regime_that_raises_or_returns_no_arguments_is_told():
    @regime()
    def odd(rng):
        """Odd."""
        raise ValueError("no")

    assert refused(regimes=(odd,)).startswith("regime odd of f does not run: ValueError: no (")

    @regime()
    def bare(rng):
        """Bare."""
        return rng.normal(size=3)

    assert refused(regimes=(bare,)) == "regime bare returns a ndarray; return the arguments of f by name"


def test_a_domain_that_raises_is_told():
    domains = {"n": Domain("a word", lambda n: n.upper() == n)}
    said = refused(domains=domains)
    assert said.startswith("the domain of 'n' does not run on regime numbers: AttributeError: ")


def test_terms_have_names():
    said = refused(terms={"dx": lambda dout, cache: [dout, 2 * dout]})
    assert said == "the terms of dx in f are a list; return them by name, in a dict"


@pytest.mark.parametrize("law", [None, lambda x, n: Law(1.0, 1.0)])
def test_a_variant_that_raises_anything_odd_is_told(law):
    random = Op("f", lambda x, n, rng: x, ("x", "n"), (numbers,), law=law)
    op = random if law is not None else Op(**GIVEN)
    odd = variant("v", of=op.oracle, kind="wrong", says="Odd.", hint="Odd?")(raising(AssertionError("no")))
    with pytest.raises(AuthoringError, match="variant v does not run: AssertionError: no"):
        seal(op, (odd,), streams(b"blame"))


def test_an_exception_is_one_line_and_a_sentence_of_ours_stays_as_it_is():
    assert told(ValueError("one\n  two")) == "ValueError: one two"
    assert told(ValueError()) == "ValueError"
    assert told(ValueError("no"), np.sqrt, None) == "ValueError: no"
    with pytest.raises(AuthoringError, match=r"^mend it$"), blamed("it does not run"):
        raise AuthoringError("mend it")
