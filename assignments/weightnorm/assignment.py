"""Weight normalisation: length and direction of weights apart, and the batch normalisation that goes with it.

How to read it: the kinds of input of each operation come first, then the operations, then the points.
"""

from reference import weightnorm
from suites import Assignment, Op, Part, agreement, gradient, orthogonal, regime, single, sums_to_zero, views

from . import variants


def directions(rng, m=5, d=7):
    """Rows v whose lengths differ, and a length g for each."""
    lengths = 2.0 ** rng.integers(-1, 3, size=(m, 1))
    return {"v": lengths * rng.normal(size=(m, d)), "g": rng.choice((-1, 1), m) * rng.uniform(0.5, 3.0, m)}


# ------------------------------------------------------------------ weights


@regime(public=True, draws=2)
def nominal(rng):
    """Weight vectors of different lengths, one a row."""
    return directions(rng)


@regime(public=True)
def more_outputs(rng):
    """More weight vectors than entries in each."""
    return directions(rng, m=8, d=3)


@regime(like="nominal")
def short_rows(rng):
    """Weight vectors much shorter than 1."""
    drawn = directions(rng, m=4, d=6)
    return {**drawn, "v": 2.0**-6 * drawn["v"]}


@regime(tier="unusual", like="nominal")
def long_rows(rng):
    """Weight vectors of lengths in the thousands."""
    drawn = directions(rng, m=3, d=5)
    return {**drawn, "v": 2.0**10 * drawn["v"]}


@regime(tier="unusual", like="nominal")
def one_row(rng):
    """A single weight vector."""
    return directions(rng, m=1, d=6)


@regime(tier="unusual", like="nominal")
def one_column(rng):
    """Weight vectors of a single entry: nothing is left of v but its sign, and dv is 0."""
    return directions(rng, m=6, d=1)


@regime(tier="unusual", like="nominal")
def zero_length(rng):
    """A length g of exactly 0."""
    drawn = directions(rng, m=5, d=4)
    drawn["g"][rng.integers(5)] = 0.0
    return drawn


@regime(tier="unusual", like="nominal")
def sparse_rows(rng):
    """Weight vectors with many entries that are exactly 0."""
    drawn = directions(rng, m=4, d=9)
    drawn["v"][:, rng.permutation(9)[:5]] = 0.0
    return drawn


@regime(tier="unusual", like="nominal")
def single_precision(rng):
    """Arrays of 32-bit floats."""
    return single(directions(rng, m=6, d=4))


@regime(tier="unusual", like="nominal")
def scattered(rng):
    """Arguments that are views into larger arrays."""
    return views(directions(rng, m=3, d=8))


# ------------------------------------------------------------------ mean-only batch normalisation


def batch(rng, n=7, d=4):
    """Pre-activations whose features lie at different places, and a shift for each."""
    return {"t": 3 * rng.normal(size=d) + rng.normal(size=(n, d)), "b": rng.normal(size=d)}


@regime(public=True, draws=2)
def rows(rng):
    """A batch of ordinary rows: features with their own means."""
    return batch(rng)


@regime(like="rows")
def wide_rows(rng):
    """More features than examples."""
    return batch(rng, n=3, d=9)


@regime(tier="unusual", like="rows", checks=("forward", "backward"))
def offset_rows(rng):
    """Values far from zero: a mean of about 1000 with a spread of 1."""
    drawn = batch(rng, n=8, d=3)
    return {**drawn, "t": 1000.0 + drawn["t"]}


@regime(tier="unusual", public=True)
def one_example(rng):
    """A batch of one example: each feature equals its own mean."""
    return batch(rng, n=1, d=5)


@regime(tier="unusual", like="rows")
def one_feature(rng):
    """A single feature."""
    return batch(rng, n=6, d=1)


@regime(tier="unusual", like="rows")
def single_batch(rng):
    """Arrays of 32-bit floats."""
    return single(batch(rng, n=5, d=6))


@regime(tier="unusual", like="rows")
def scattered_batch(rng):
    """Arguments that are views into larger arrays."""
    return views(batch(rng, n=6, d=5))


# ------------------------------------------------------------------ what is asked

weights = Op(
    forward="weightnorm_forward",
    backward="weightnorm_backward",
    oracle=weightnorm.forward,
    gradient=weightnorm.backward,
    args=("v", "g"),
    outputs=("w",),
    wrt=("v", "g"),
    regimes=(
        *(nominal, more_outputs, short_rows),
        *(
            long_rows,
            one_row,
            one_column,
            zero_length,
            sparse_rows,
            single_precision,
            scattered,
        ),
    ),
    terms={"dv": weightnorm.terms},
    domains={
        "v": "(M, D), one weight vector a row; no row is all 0",
        "g": "(M,), the length of each; any sign",
    },
)

centred = Op(
    forward="mean_only_forward",
    backward="mean_only_backward",
    oracle=weightnorm.mean_only_forward,
    gradient=weightnorm.mean_only_backward,
    args=("t", "b"),
    wrt=("t", "b"),
    regimes=(rows, wide_rows, offset_rows, one_example, one_feature, single_batch, scattered_batch),
    domains={"t": "a batch (N, D), one example a row; N and D at least 1", "b": "(D,), one shift a feature"},
)

assignment = Assignment(
    title="Weight normalisation",
    submit="weightnorm.py",
    variants=variants,
    parts=(
        Part("weights", weights, (agreement(w=2),), title="Weights, forward"),
        Part(
            "weights backward",
            weights,
            (
                gradient(dv=3, dg="1.5"),
                orthogonal("each row of dv is orthogonal to that row of v", "dv", "v", 1),
            ),
            needs=("weights",),
            title="Weights, backward",
        ),
        Part("mean-only", centred, (agreement(out=1),), title="Mean-only batch normalisation, forward"),
        Part(
            "mean-only backward",
            centred,
            (
                gradient(dt="1.5", db=1),
                sums_to_zero("dt sums to zero over the batch", "dt", (0,)),
            ),
            needs=("mean-only",),
            title="Mean-only batch normalisation, backward",
        ),
    ),
    conventions={"wn.log-length": "required"},
)
