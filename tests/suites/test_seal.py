"""Sealing: the same seed gives the same cases, and a case holds all that judging needs."""

import numpy as np
import pytest

from reference import activations, batchnorm
from suites import AuthoringError, Op, regime, variant
from suites.grid import on_grid
from suites.seal import seal, streams


@regime(public=True, draws=2)
def rows(rng):
    """Ordinary rows."""
    return {
        "x": rng.normal(size=(6, 3)),
        "gamma": rng.normal(size=3),
        "beta": rng.normal(size=3),
        "eps": 1e-5,
    }


@regime(tier="unusual", like="rows")
def single_precision(rng):
    """Rows of 32-bit floats."""
    return {k: np.float32(v) if k != "eps" else v for k, v in rows(rng).items()}


@regime(tier="unusual", like="rows")
def by_columns(rng):
    """Rows that lie in memory by columns."""
    drawn = rows(rng)
    return {**drawn, "x": np.asfortranarray(drawn["x"])}


def layer(*regimes, **changes):
    given = {
        "forward": "bn_forward",
        "backward": "bn_backward",
        "oracle": batchnorm.forward,
        "gradient": batchnorm.backward,
        "args": ("x", "gamma", "beta", "eps"),
        "wrt": ("x", "gamma", "beta"),
        "terms": {"dx": batchnorm.terms},
        **changes,
    }
    return Op(regimes=regimes or (rows, single_precision, by_columns), **given)


def sealed(op, *variants, seed=b"seed"):
    return {case.id: case for case in seal(op, variants, streams(seed))}


def same(a, b):
    return a.inputs.keys() == b.inputs.keys() and all(
        np.array_equal(np.asarray(a.inputs[k]), np.asarray(b.inputs[k])) for k in a.inputs
    )


# --------------------------------------------------------------------------- draws


def test_one_seed_gives_the_same_cases_in_any_order():
    first, again = sealed(layer()), sealed(layer(by_columns, single_precision, rows))
    assert first.keys() == again.keys()
    for id, case in first.items():
        assert same(case, again[id])
        np.testing.assert_array_equal(case.upstream, again[id].upstream)
        assert all(np.array_equal(case.expected[t], again[id].expected[t]) for t in case.expected)
        assert case.amplification == again[id].amplification


def test_another_seed_gives_other_numbers():
    first, other = sealed(layer()), sealed(layer(), seed=b"other")
    assert not any(same(first[id], other[id]) for id in first)


def test_each_draw_of_a_regime_is_another():
    cases = sealed(layer())
    assert list(cases) == [
        "bn_forward/rows/0",
        "bn_forward/rows/1",
        "bn_forward/single_precision/0",
        "bn_forward/by_columns/0",
    ]
    assert not same(cases["bn_forward/rows/0"], cases["bn_forward/rows/1"])


def test_streams_are_independent_by_name():
    stream = streams(b"x")
    assert stream("a").random() == stream("a").random() != stream("b").random()
    assert streams(b"ab")("c").random() != streams(b"a")("bc").random()


def test_the_upstream_gradient_is_random_and_as_precise_as_the_inputs():
    cases = sealed(layer())
    for case in cases.values():
        assert case.upstream.shape == case.expected["out"].shape
        assert case.upstream.dtype == case.inputs["x"].dtype
        assert np.unique(case.upstream).size > 0.9 * case.upstream.size
        np.testing.assert_array_equal(case.upstream, on_grid(case.upstream))


def test_layouts_types_and_the_grid_are_kept():
    cases = sealed(layer())
    assert cases["bn_forward/by_columns/0"].inputs["x"].flags.f_contiguous
    assert cases["bn_forward/single_precision/0"].inputs["x"].dtype == np.float32
    for case in cases.values():
        np.testing.assert_array_equal(case.inputs["x"], on_grid(case.inputs["x"]))


def test_a_case_says_what_its_regime_says():
    case = sealed(layer())["bn_forward/single_precision/0"]
    assert (case.regime, case.about, case.tier) == ("single_precision", "Rows of 32-bit floats.", "unusual")
    assert not case.public
    assert case.strict
    assert case.checks == {"forward", "backward", "self"}
    assert [c.echo for c in sealed(layer()).values()] == [True, False, False, False]


# --------------------------------------------------------------------------- what is expected


def test_expected_values_are_the_oracles_in_float64():
    for case in sealed(layer()).values():
        wide = [np.asarray(case.inputs[k], dtype=np.float64) for k in ("x", "gamma", "beta")]
        out, cache = batchnorm.forward(*wide, 1e-5)
        assert all(value.dtype == np.float64 for value in case.expected.values())
        np.testing.assert_array_equal(case.expected["out"], out)
        for name, value in zip(
            ("dx", "dgamma", "dbeta"), batchnorm.backward(case.upstream, cache), strict=True
        ):
            np.testing.assert_allclose(case.expected[name], value, rtol=1e-12)
        np.testing.assert_allclose(sum(case.terms["dx"].values()), case.expected["dx"], atol=1e-12)


def test_conditioning_is_measured():
    @regime()
    def offset(rng):
        """Rows far from zero."""
        return {**rows(rng), "x": 1000 + rng.normal(size=(6, 3))}

    near = sealed(layer(rows))["bn_forward/rows/0"].amplification
    far = sealed(layer(offset))["bn_forward/offset/0"].amplification
    assert far["out"] > 50 * near["out"]
    assert 0 < near["out"] < 100


def activation(draw):
    return Op(
        "relu",
        activations.relu_forward,
        ("x",),
        (draw,),
        backward="relu_back",
        gradient=activations.relu_backward,
        wrt=("x",),
    )


@pytest.mark.parametrize(("zeros", "kinked"), [(0, False), (1, True), (6, True)])
def test_a_kink_is_found_where_there_is_one(zeros, kinked):
    @regime()
    def numbers(rng):
        """Numbers, some exactly zero."""
        x = np.sign(rng.normal(size=(4, 3))) * rng.uniform(0.5, 2, size=(4, 3))
        x.ravel()[:zeros] = 0.0
        return {"x": x}

    for seed in range(20):
        (case,) = sealed(activation(numbers), seed=bytes([seed])).values()
        assert case.kinked is kinked, seed


def test_a_smooth_layer_has_no_kink():
    for seed in range(20):
        assert not any(case.kinked for case in sealed(layer(), seed=bytes([seed])).values())


# --------------------------------------------------------------------------- variants


def wrong(of, function, id="v"):
    return variant(id, of=of, kind="wrong", says="This.", hint="Why?")(function)


def test_a_variant_is_kept_where_it_can_be_told_apart():
    mean = wrong(batchnorm.backward, lambda d, c: (*batchnorm.backward(d, c)[:2], d.mean(axis=0)))
    for case in sealed(layer(), mean).values():
        assert set(case.variants) == {"v"}
        assert set(case.variants["v"]) == {"dbeta"}
        np.testing.assert_allclose(case.variants["v"]["dbeta"] * 6, case.expected["dbeta"])


def test_an_invisible_variant_is_dropped():
    harmless = wrong(batchnorm.backward, batchnorm.backward_by_six_formulas)
    assert not any(case.variants for case in sealed(layer(), harmless).values())


def test_a_variant_of_a_forward_brings_its_right_backward():
    def unbiased(x, gamma, beta, eps=1e-5):
        return batchnorm.forward(x, gamma, beta, eps + 1.0)

    for case in sealed(layer(), wrong(batchnorm.forward, unbiased)).values():
        assert set(case.variants["v"]) == {"out", "dx", "dgamma"}


def test_a_variant_that_raises_or_is_of_another_function_is_left_out():
    def fails(d, c):
        raise ValueError("cannot")

    variants = wrong(batchnorm.backward, fails), wrong(batchnorm.centre_forward, fails, "w")
    assert not any(case.variants for case in sealed(layer(), *variants).values())


# --------------------------------------------------------------------------- authoring


def drawing(**changes):
    @regime()
    def odd(rng):
        """Something odd."""
        return {k: v for k, v in {**rows(rng), **changes}.items() if v is not None}

    return odd


@regime()
def halves(rng):
    """Two rows."""
    return {"x": rng.normal(size=(2, 3))}


def lone(x, gamma, beta, eps):
    return x


def test_a_variant_that_returns_something_else_is_named():
    bare = variant("bn.bare", of=batchnorm.forward, kind="wrong", says="", hint="")(lone)
    with pytest.raises(AuthoringError, match=r"variant bn\.bare: lone returns a ndarray; for bn_forward"):
        sealed(layer(), bare)


NO_FLOATS = (
    "regime odd: 'gamma' stands in wrt of bn_forward and is no float array; "
    "draw it as one, or take it out of wrt"
)


@pytest.mark.parametrize(
    ("op", "says"),
    [
        (lambda: layer(drawing(gamma=None)), "regime odd draws no 'gamma', which bn_forward takes"),
        (
            lambda: layer(drawing(gamma=np.arange(3))),
            NO_FLOATS,
        ),
        (lambda: layer(drawing(gamma=1.5)), NO_FLOATS),
        (lambda: layer(outputs=("out", "mean")), "forward returns 1 outputs, bn_forward has ('out', 'mean')"),
        (
            lambda: layer(oracle=lone),
            "lone returns a ndarray; for bn_forward return the tuple (out, cache)",
        ),
        (
            lambda: layer(gradient=lambda dout, cache: None),
            "<lambda> returns a NoneType; for bn_forward return the tuple (dx, dgamma, dbeta)",
        ),
        (
            lambda: Op("split", lambda x: x, ("x",), (halves,), outputs=("left", "right")),
            "<lambda> returns a ndarray; for split return the tuple (left, right)",
        ),
        (
            lambda: layer(rows, oracle=lone, backward=None, gradient=None, wrt=()),
            "terms of bn_forward speaks of 'dx'; its gradients are none",
        ),
    ],
)
def test_an_authors_mistake_is_one_sentence(op, says):
    with pytest.raises(AuthoringError) as caught:
        sealed(op())
    assert str(caught.value) == says


def test_a_regime_draws_what_some_operation_takes():
    op = layer(drawing(epsilon=1e-5))
    seal(op, (), streams(b"seed"), {*op.args, "epsilon"})
    with pytest.raises(AuthoringError) as caught:
        seal(op, (), streams(b"seed"), set(op.args))
    says = "regime odd draws 'epsilon', which is no argument; bn_forward takes x, gamma, beta, eps"
    assert str(caught.value) == says


def test_a_regime_needs_words_and_a_tier():
    with pytest.raises(AuthoringError, match="regime bare has no docstring"):

        @regime()
        def bare(rng):
            return {}

    with pytest.raises(AuthoringError, match="regime odd: tier is 'rare'; use one of ordinary, unusual"):

        @regime(tier="rare")
        def odd(rng):
            """Odd."""
            return {}

    with pytest.raises(AuthoringError, match="variant v: kind is 'bad'"):
        variant("v", of=rows, kind="bad", says="", hint="")


# --------------------------------------------------------------------------- conditioning


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=(6, 3)), "n": 4}


def triple(x, n):
    return 3 * x, (x, n)


def of_triple(dout, cache):
    return 3 * dout


def plain(forward=triple, backward=of_triple, **changes):
    given = {"backward": "b", "gradient": backward, "wrt": ("x",), "regimes": (numbers,), **changes}
    return Op("f", forward, ("x", "n"), **given)


def test_the_amplification_of_a_line_is_its_slope():
    """Moved by one rounding of float32, 3 x moves by 3 |x| of them; a gradient has that of its upstream."""
    (case,) = sealed(plain()).values()
    assert case.amplification["out"] == pytest.approx(3 * np.abs(case.inputs["x"]).max(), rel=1e-3)
    assert case.amplification["dx"] == pytest.approx(np.abs(case.upstream).max())
    np.testing.assert_array_equal(case.expected["dx"], 3 * case.upstream)


def test_what_rounding_inside_costs_counts_too():
    """In float32 the sum with 10 000 loses what moving the input does not."""
    (case,) = sealed(plain(lambda x, n: ((x + 10_000) - 10_000, x), lambda dout, x: dout)).values()
    assert case.amplification["out"] > 50 * np.abs(case.inputs["x"]).max()
    assert case.amplification["out"] < 1e4


def test_terms_that_cancel_count_by_themselves():
    def terms(dout, cache):
        return {"one": 1000 * dout, "other": -997 * dout}

    (case,) = sealed(plain(terms={"dx": terms})).values()
    assert case.amplification["dx"] == pytest.approx(1000 * np.abs(case.upstream).max())


def test_a_jump_is_no_conditioning():
    """A step between the input and its neighbour says nothing of rounding."""
    drawn = on_grid(numbers(streams(b"seed")("f/numbers/0"))["x"])
    (case,) = sealed(plain(lambda x, n: (x + (x > drawn), x), lambda dout, x: dout)).values()
    assert case.amplification["out"] < 10


def test_each_number_moves_by_itself():
    """Of two equal numbers the difference is 0 however they move together."""

    @regime()
    def alike(rng):
        """Rows of one number."""
        return {"x": np.full((6, 3), 1024.0), "n": 4}

    (case,) = sealed(plain(lambda x, n: (x - x[0, 0], x), lambda dout, x: dout, regimes=(alike,))).values()
    assert case.amplification["out"] == pytest.approx(2048, rel=1e-3)


def test_the_worst_of_what_is_measured_counts():
    """As they are, in float32, and moved twice, each by two sizes; the cache is another run."""
    asked = []

    def forward(x, n):
        asked.append(x)
        return 3 * x

    (case,) = sealed(Op("f", forward, ("x", "n"), (numbers,))).values()
    assert len(asked) == 1 + 1 + 1 + 2 * 2
    assert [x.dtype == np.float32 for x in asked].count(True) == 1
    assert case.amplification["out"] == pytest.approx(3 * np.abs(case.inputs["x"]).max(), rel=1e-3)


def test_what_is_no_float_is_neither_cast_nor_moved():
    """Labels pick entries, and a count stays one."""

    @regime()
    def labelled(rng):
        """Rows and a label each."""
        return {"x": rng.normal(size=(6, 3)), "n": rng.integers(0, 3, 6)}

    def pick(x, n):
        return x[np.arange(len(n)), n], n

    def of_pick(dout, n):
        dx = np.zeros((6, 3))
        dx[np.arange(len(n)), n] = dout
        return dx

    (case,) = sealed(plain(pick, of_pick, regimes=(labelled,))).values()
    np.testing.assert_array_equal(case.expected["out"], case.inputs["x"][np.arange(6), case.inputs["n"]])


# --------------------------------------------------------------------------- forms of functions


def test_functions_of_one_and_of_several_outputs():
    one = Op("f", lambda x, n: n * x, ("x", "n"), (numbers,))
    (case,) = sealed(one).values()
    assert case.upstream is None
    assert not case.kinked
    np.testing.assert_array_equal(case.expected["out"], 4 * case.inputs["x"])
    two = Op("f", lambda x, n: (x.sum(), n), ("x", "n"), (numbers,), outputs=("total", "n"))
    (case,) = sealed(two).values()
    assert case.expected["n"] == 4
    assert case.expected["total"] == case.inputs["x"].sum()
    both = plain(lambda x, n: (3 * x, x.sum(), (x, n)), outputs=("out", "total"))
    (case,) = sealed(both).values()
    assert set(case.expected) == {"out", "total", "dx"}


def test_a_cache_that_is_none_is_refused():
    with pytest.raises(AuthoringError, match="the oracle's cache is None"):
        sealed(plain(lambda x, n: (3 * x, None)))


def test_names_stand_for_one_thing():
    same = wrong(of_triple, lambda d, c: 2 * d)
    for of, other in ((of_triple, lambda d, c: d), (triple, lambda x, n: (2 * x, (x, n)))):
        with pytest.raises(AuthoringError, match=r"^variant v stands twice for f; rename one$"):
            sealed(plain(), same, wrong(of, other))
    (case,) = sealed(plain(), same, wrong(batchnorm.backward, lambda d, c: d)).values()
    assert set(case.variants) == {"v"}
    with pytest.raises(AuthoringError, match="f has two regimes 'numbers'"):
        sealed(plain(regimes=(numbers, numbers)))
    with pytest.raises(AuthoringError, match="is like 'rows', which is no public one; name one of: numbers"):
        sealed(plain(regimes=(numbers, by_columns)))


def test_a_variant_that_does_not_run_is_refused_and_one_that_cannot_is_left_out():
    for error in (TypeError, AttributeError, NameError, KeyError):
        with pytest.raises(AuthoringError, match=f"variant v does not run: {error.__name__}"):
            sealed(plain(), wrong(of_triple, raising(error)))
    for error in (ZeroDivisionError, ValueError, IndexError):
        (case,) = sealed(
            plain(), wrong(of_triple, raising(error)), wrong(triple, raising(error), "w")
        ).values()
        assert not case.variants


def raising(error):
    def function(*args):
        raise error("no")

    return function


def test_a_variant_of_a_forward_without_a_cache_says_nothing_of_gradients():
    (case,) = sealed(plain(), wrong(triple, lambda x, n: (2 * x, None))).values()
    assert set(case.variants["v"]) == {"out"}


def test_a_read_only_argument_is_left_as_it_is():
    @regime()
    def broadcast(rng):
        """One row for all."""
        return {"x": np.broadcast_to(rng.normal(size=3), (6, 3)), "n": 4}

    (case,) = sealed(plain(regimes=(broadcast,))).values()
    assert not case.inputs["x"].flags.writeable


def test_the_upstream_gradient_lies_on_a_grid_of_its_own():
    (case,) = sealed(plain()).values()
    np.testing.assert_array_equal(case.upstream, on_grid(case.upstream, bits=12))
    assert case.upstream.dtype == np.float64
