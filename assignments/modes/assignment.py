"""What normalisation leaves unchanged, whitening, and layers that work in two modes.

How to read it: the kinds of input of each operation come first, then the operations, then the points.
"""

import numpy as np

from reference import batchnorm, dropout, whitening
from suites import (
    Assignment,
    Domain,
    Op,
    Part,
    agreement,
    gradient,
    orthogonal,
    regime,
    single,
    views,
)

from . import oracle, variants
from .oracle import TEST, TRAIN

# ------------------------------------------------------------------ centring


def shifted(rng, shape):
    """Features at different places, and a shift for each."""
    axes = (shape[1], *(1,) * (len(shape) - 2))
    return {"x": 2 * rng.normal(size=axes) + rng.normal(size=shape), "b": rng.normal(size=shape[1])}


@regime(public=True, draws=2)
def rows(rng):
    """A batch of rows."""
    return shifted(rng, (7, 4))


@regime(public=True)
def images(rng):
    """A batch of images: the mean of a channel runs over all its pixels."""
    return shifted(rng, (3, 4, 2, 5))


@regime(like="rows")
def wide_rows(rng):
    """More features than examples."""
    return shifted(rng, (3, 8))


@regime(tier="unusual", like="rows")
def one_row(rng):
    """A batch of one row: nothing is left of it."""
    return shifted(rng, (1, 5))


@regime(tier="unusual", like="images")
def one_pixel(rng):
    """Images of a single pixel."""
    return shifted(rng, (6, 3, 1, 1))


@regime(tier="unusual", like="rows")
def single_rows(rng):
    """Rows in single precision (float32)."""
    return single(shifted(rng, (6, 5)))


@regime(tier="unusual", like="images")
def scattered_images(rng):
    """Images that are views into larger arrays."""
    return views(shifted(rng, (4, 3, 2, 2)))


# ------------------------------------------------------------------ a normalised layer


def dense(rng, n, d, m):
    """A batch, and weights of columns that differ in length."""
    lengths = 2.0 ** rng.integers(-1, 2, size=m)
    return {"x": rng.normal(size=(n, d)), "w": lengths * rng.normal(size=(d, m)), "b": rng.normal(size=m)}


@regime(public=True, draws=2)
def batch(rng):
    """A batch, weights, and a bias."""
    return dense(rng, 9, 5, 3)


@regime(like="batch")
def more_outputs(rng):
    """More outputs than inputs."""
    return dense(rng, 8, 3, 6)


@regime(tier="unusual", like="batch")
def long_weights(rng):
    """Weights a thousand times as large: the output does not change."""
    drawn = dense(rng, 7, 4, 3)
    return {**drawn, "w": 2.0**10 * drawn["w"]}


@regime(tier="unusual", like="batch")
def one_output(rng):
    """A single output."""
    return dense(rng, 6, 4, 1)


@regime(tier="unusual", like="batch")
def single_batch(rng):
    """Everything in single precision (float32)."""
    return single(dense(rng, 10, 4, 3))


@regime(tier="unusual", like="batch")
def scattered_batch(rng):
    """Arguments that are views into larger arrays."""
    return views(dense(rng, 8, 4, 5))


# ------------------------------------------------------------------ whitening


def mixed(rng, n, d):
    """Features that are correlated, at different places."""
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    return {"x": rng.normal(size=d) + rng.normal(size=(n, d)) * np.linspace(1, 2.5, d) @ turn}


@regime(public=True, draws=2)
def correlated(rng):
    """Examples whose features are correlated."""
    return mixed(rng, 20, 4)


@regime(like="correlated")
def two_features(rng):
    """Two features."""
    return mixed(rng, 9, 2)


@regime(tier="unusual", like="correlated")
def one_feature(rng):
    """A single feature: it is divided by its standard deviation."""
    return mixed(rng, 7, 1)


@regime(tier="unusual", like="correlated")
def far_from_zero(rng):
    """Features whose means are about a hundred."""
    return {"x": 100 + mixed(rng, 16, 3)["x"]}


@regime(tier="unusual", like="correlated")
def single_correlated(rng):
    """Examples in single precision (float32)."""
    return single(mixed(rng, 18, 3))


# ------------------------------------------------------------------ the identity


def spread(rng, shape, eps):
    """Features of different spread."""
    axes = (shape[1], *(1,) * (len(shape) - 2))
    scale = 2.0 ** rng.integers(-1, 3, size=axes)
    return {"x": rng.normal(size=axes) + scale * rng.normal(size=shape), "eps": eps}


@regime(public=True, draws=2)
def features(rng):
    """A batch of rows."""
    return spread(rng, (8, 5), 1e-2)


@regime(public=True)
def channels(rng):
    """A batch of images."""
    return spread(rng, (3, 4, 3, 2), 1e-2)


@regime(tier="unusual", like="features")
def one_of_each(rng):
    """A batch of one row: its variance is 0."""
    return spread(rng, (1, 4), 1e-2)


@regime(tier="unusual", like="features")
def large_eps(rng):
    """An eps that is not small beside the variance."""
    return spread(rng, (9, 3), 0.5)


@regime(tier="unusual", like="features")
def single_features(rng):
    """Rows in single precision (float32)."""
    return single(spread(rng, (7, 4), 1e-2))


# ------------------------------------------------------------------ modes


def trained(rng, n, d, p, mode, eps=1e-2):
    """A batch for a block whose running statistics are not those of the batch."""
    return {
        "x": 1 + 2 * rng.normal(size=(n, d)),
        "gamma": rng.uniform(0.5, 2, d),
        "beta": rng.normal(size=d),
        "running_mean": rng.normal(size=d),
        "running_var": rng.uniform(0.5, 3, d),
        "mask": rng.permuted(np.arange(n * d) >= round(p * n * d)).reshape(n, d),
        "p": p,
        "eps": eps,
        "mode": mode,
    }


@regime(public=True, draws=2)
def training(rng):
    """A batch in training."""
    return trained(rng, 6, 5, 0.4, TRAIN)


@regime(public=True, draws=2)
def at_test(rng):
    """A batch at test."""
    return trained(rng, 5, 4, 0.3, TEST)


@regime(like="training")
def much_dropped(rng):
    """In training, most is dropped."""
    return trained(rng, 8, 6, 0.75, TRAIN)


@regime(tier="unusual", like="at_test")
def one_at_test(rng):
    """One example at test."""
    return trained(rng, 1, 6, 0.5, TEST)


@regime(tier="unusual", like="training")
def nothing_dropped(rng):
    """In training with p = 0."""
    return trained(rng, 7, 3, 0.0, TRAIN)


@regime(tier="unusual", like="training")
def single_training(rng):
    """In training, in single precision (float32), with a larger eps."""
    return single(trained(rng, 7, 4, 0.25, TRAIN, eps=0.5))


@regime(tier="unusual", like="at_test")
def single_at_test(rng):
    """At test, in single precision (float32), with a larger eps."""
    return single(trained(rng, 4, 5, 0.25, TEST, eps=0.5))


# ------------------------------------------------------------------ variational dropout


def noisy(rng, n, d):
    """A batch, a noise for each feature, and what was drawn."""
    return {
        "x": rng.normal(size=(n, d)),
        "alpha": rng.uniform(0.1, 0.9, d),
        "e": rng.normal(size=(n, d)),
    }


@regime(public=True, draws=2)
def noise(rng):
    """A batch, with a noise of its own for each feature."""
    return noisy(rng, 7, 4)


@regime(like="noise")
def more_features(rng):
    """More features than examples."""
    return noisy(rng, 3, 8)


@regime(tier="unusual", like="noise")
def little_noise(rng):
    """Hardly any noise."""
    drawn = noisy(rng, 6, 5)
    return {**drawn, "alpha": 2.0**-8 * drawn["alpha"]}


@regime(tier="unusual", like="noise")
def one_example(rng):
    """A batch of one example."""
    return noisy(rng, 1, 5)


@regime(tier="unusual", like="noise")
def single_noise(rng):
    """Everything in single precision (float32)."""
    return single(noisy(rng, 5, 6))


# ------------------------------------------------------------------ what is asked

SHAPES = "(N, D), or images (N, C, H, W)"

centring = Op(
    forward="centre_forward",
    backward="centre_backward",
    oracle=batchnorm.centre_forward,
    gradient=batchnorm.centre_backward,
    args=("x", "b"),
    wrt=("x", "b"),
    regimes=(rows, images, wide_rows, one_row, one_pixel, single_rows, scattered_images),
    domains={"x": SHAPES, "b": "(D,) or (C,), a shift for each feature"},
    fixed={"db": "b is taken off again with the mean"},
)

layer = Op(
    forward="normalised_forward",
    backward="normalised_backward",
    oracle=oracle.layer_forward,
    gradient=oracle.layer_backward,
    args=("x", "w", "b"),
    wrt=("x", "w", "b"),
    regimes=(batch, more_outputs, long_weights, one_output, single_batch, scattered_batch),
    domains={"x": Domain("(N, D), N at least 3", lambda x: len(x) >= 3), "w": "(D, M)", "b": "(M,)"},
    fixed={"db": "b is taken off again with the mean"},
)

white = Op(
    forward="whiten",
    oracle=whitening.whiten,
    args=("x",),
    regimes=(correlated, two_features, one_feature, far_from_zero, single_correlated),
    domains={
        "x": Domain(
            "(N, D), N greater than D; no feature is a combination of others",
            lambda x: np.linalg.matrix_rank(x - x.mean(axis=0)) == x.shape[1],
        )
    },
)

identity = Op(
    forward="identity_parameters",
    oracle=batchnorm.identity_parameters,
    args=("x", "eps"),
    outputs=("gamma", "beta"),
    regimes=(features, channels, one_of_each, large_eps, single_features),
    domains={"x": SHAPES, "eps": Domain("positive", lambda eps: eps > 0)},
)

modes = Op(
    forward="block",
    oracle=oracle.block,
    args=("x", "gamma", "beta", "running_mean", "running_var", "mask", "p", "eps", "mode"),
    regimes=(training, at_test, much_dropped, one_at_test, nothing_dropped, single_training, single_at_test),
    domains={
        "x": "(N, D)",
        "gamma": "(D,)",
        "beta": "(D,)",
        "running_mean": "(D,), the mean to use at test",
        "running_var": "(D,), the variance to use at test",
        "mask": "(N, D), True for what stays",
        "p": Domain("the probability that an entry is dropped, 0 <= p < 1", lambda p: 0 <= p < 1),
        "eps": Domain("positive", lambda eps: eps > 0),
        "mode": '"train" or "test"',
    },
)

variational = Op(
    forward="variational_forward",
    backward="variational_backward",
    oracle=dropout.variational_forward,
    gradient=dropout.variational_backward,
    args=("x", "alpha", "e"),
    wrt=("x", "alpha"),
    regimes=(noise, more_features, little_noise, one_example, single_noise),
    domains={
        "x": "(N, D)",
        "alpha": Domain("(D,), positive", lambda alpha: alpha > 0),
        "e": "(N, D), what was drawn from a normal distribution",
    },
)

assignment = Assignment(
    title="Normalisation, noise and their modes",
    submit="modes.py",
    variants=variants,
    parts=(
        Part("centring", centring, (agreement(out="0.5"),), title="Centring, forward"),
        Part(
            "centring backward",
            centring,
            (gradient(dx=1, db="0.5"),),
            needs=("centring",),
            title="Centring, backward",
        ),
        Part("layer", layer, (agreement(out="0.5"),), title="A normalised layer, forward"),
        Part(
            "layer backward",
            layer,
            (
                gradient(dx=1, dw=1, db="0.5"),
                orthogonal("each column of dw is orthogonal to that column of w", "dw", "w", 0),
            ),
            needs=("layer",),
            title="A normalised layer, backward",
        ),
        Part("whitening", white, (agreement(out="1.5"),), title="Whitening"),
        Part("identity", identity, (agreement(gamma="0.5", beta="0.5"),), title="The identity"),
        Part("modes", modes, (agreement(out="1.5"),), title="Training and test"),
        Part("variational", variational, (agreement(out="0.25"),), title="Variational dropout, forward"),
        Part(
            "variational backward",
            variational,
            (gradient(dx="0.25", dalpha="0.5"),),
            needs=("variational",),
            title="Variational dropout, backward",
        ),
    ),
    conventions={"mode.plain": "required"},
)
