"""Batch normalisation: training forward and backward, running statistics, inference, folding, images.

Sizes all differ, so that a wrong axis shows; the spreads are such that epsilon shows where it should.
"""

import numpy as np

from reference import batchnorm, batchnorm_statistics
from suites import (
    Assignment,
    Op,
    Part,
    Workload,
    agreement,
    gradient,
    regime,
    single,
    sums_to_zero,
    with_channels_last,
)

from . import variants


def _batch(rng, n, d):
    """A batch (n, d) whose features differ in centre and spread, with its parameters."""
    return {
        "x": rng.normal(size=d) + 2.0 ** rng.integers(-1, 2, size=d) * rng.normal(size=(n, d)),
        "gamma": rng.normal(size=d),
        "beta": rng.normal(size=d),
        "eps": 1e-5,
    }


def _images(rng, n, c, h, w):
    """Images (n, c, h, w) whose channels differ in centre and spread, with their parameters."""
    rows = _batch(rng, n * h * w, c)
    return {**rows, "x": np.ascontiguousarray(rows["x"].reshape(n, h, w, c).transpose(0, 3, 1, 2))}


def _statistics(rng, d):
    """A mean and a variance for each of d features."""
    return rng.normal(size=d), rng.uniform(0.25, 4.0, size=d)


# ------------------------------------------------------------------------ a batch of rows, in training


@regime(public=True, draws=2)
def nominal(rng):
    """A batch of ordinary rows: features with their own means and spreads."""
    return _batch(rng, 7, 5)


@regime(public=True)
def tiny_variance(rng):
    """Values so close together that the variance is about as small as eps; more features than examples."""
    return {**_batch(rng, 6, 8), "x": 2.0**-8 * rng.normal(size=(6, 8))}


@regime(strict=False, like="nominal")
def offset(rng):
    """Values far from zero: a mean of about 1000 with a spread of 1."""
    return {**_batch(rng, 8, 3), "x": 1000.0 + rng.normal(size=(8, 3))}


@regime(tier="unusual", like="tiny_variance")
def big_epsilon(rng):
    """Another eps than the usual one, as large as the variance."""
    return {**_batch(rng, 9, 4), "x": 2.0**-5 * rng.normal(size=(9, 4)), "eps": 1e-3}


@regime(tier="unusual", public=True)
def one_example(rng):
    """A batch of one example: each feature equals its own mean."""
    return _batch(rng, 1, 5)


@regime(tier="unusual", like="nominal")
def one_feature(rng):
    """A single feature."""
    return _batch(rng, 6, 1)


@regime(tier="unusual", public=True)
def float32_input(rng):
    """Arrays of 32-bit floats."""
    return single(_batch(rng, 10, 3))


@regime(tier="unusual", like="nominal")
def non_contiguous(rng):
    """A transposed view instead of a fresh array."""
    batch = _batch(rng, 5, 9)
    return {**batch, "x": np.ascontiguousarray(batch["x"].T).T}


@regime(tier="unusual", like="tiny_variance")
def constant_feature(rng):
    """One feature has the same value in every example, so its variance is zero."""
    batch = _batch(rng, 8, 4)
    batch["x"][:, 1] = 2.0
    return batch


# ---------------------------------------------------------------------------- images, in training


@regime(public=True, draws=2)
def images(rng):
    """A batch of small images: channels with their own means and spreads."""
    return _images(rng, 4, 3, 5, 6)


@regime(public=True)
def faint_images(rng):
    """Images so even that the variance of a channel is about as small as eps."""
    return {**_images(rng, 3, 5, 4, 2), "x": 2.0**-8 * rng.normal(size=(3, 5, 4, 2))}


@regime(tier="unusual", like="faint_images")
def faint_images_big_epsilon(rng):
    """Another eps than the usual one, as large as the variance."""
    return {**_images(rng, 3, 2, 4, 5), "x": 2.0**-5 * rng.normal(size=(3, 2, 4, 5)), "eps": 1e-3}


@regime(tier="unusual", public=True)
def one_image(rng):
    """A batch of one image: its pixels alone make the statistics."""
    return _images(rng, 1, 4, 3, 5)


@regime(tier="unusual", like="images")
def one_channel(rng):
    """Grey images: a single channel."""
    return _images(rng, 5, 1, 2, 3)


@regime(tier="unusual", like="one_image")
def one_pixel(rng):
    """Images of one pixel: nothing is left but the batch."""
    return _images(rng, 7, 3, 1, 1)


@regime(tier="unusual", like="images")
def channels_last(rng):
    """A view of images that lie in memory with the channel last."""
    return with_channels_last(_images(rng, 2, 4, 3, 5))


# -------------------------------------------------------------------------------- running statistics


def _running(rng, n, d, momentum):
    mean, var = _statistics(rng, d)
    return {"x": _batch(rng, n, d)["x"], "running_mean": mean, "running_var": var, "momentum": momentum}


@regime(public=True, draws=2)
def usual_momentum(rng):
    """A tenth of the new batch's statistics joins the running ones."""
    return _running(rng, 7, 5, 0.1)


@regime(public=True)
def tiny_statistics(rng):
    """Values so close together that their variances are about 0.00001, the running ones too."""
    drawn = _running(rng, 6, 4, 0.25)
    return {**drawn, "x": 2.0**-8 * rng.normal(size=(6, 4)), "running_var": 2.0**-16 * drawn["running_var"]}


@regime(tier="unusual", public=True)
def high_momentum(rng):
    """The new batch counts most."""
    return _running(rng, 9, 3, 0.9)


@regime(tier="unusual", like="high_momentum")
def momentum_zero(rng):
    """A momentum of exactly 0."""
    return _running(rng, 5, 4, 0.0)


@regime(tier="unusual", like="high_momentum")
def momentum_one(rng):
    """A momentum of exactly 1."""
    return _running(rng, 8, 5, 1.0)


# ------------------------------------------------------------------------------ inference and folding


def _trained(rng, n, d):
    mean, var = _statistics(rng, d)
    return {**_batch(rng, n, d), "mean": mean, "var": var}


@regime(public=True)
def new_data(rng):
    """A batch that the given statistics don't describe."""
    return _trained(rng, 7, 5)


@regime(public=True)
def trained_layer(rng):
    """Ordinary parameters and statistics."""
    return _trained(rng, 1, 5)


@regime(public=True)
def small_variance(rng):
    """Given variances about as small as eps."""
    drawn = _trained(rng, 6, 4)
    return {**drawn, "x": 2.0**-8 * rng.normal(size=(6, 4)), "var": 2.0**-16 * drawn["var"]}


@regime(tier="unusual", like="small_variance")
def small_variance_big_epsilon(rng):
    """Another eps than the usual one, as large as the given variances."""
    drawn = _trained(rng, 5, 3)
    return {**drawn, "x": 2.0**-5 * rng.normal(size=(5, 3)), "var": 2.0**-10 * drawn["var"], "eps": 1e-3}


@regime(tier="unusual", public=True)
def one_new_example(rng):
    """A single example: at inference it needs no batch."""
    return _trained(rng, 1, 6)


@regime(tier="unusual", like="small_variance")
def dead_feature(rng):
    """A given variance of exactly zero."""
    drawn = _trained(rng, 8, 3)
    drawn["var"][2] = 0.0
    return drawn


# -------------------------------------------------------------------------------------- what is asked

EPS = "positive; inside the root, added to the variance"

DOMAINS = {
    "gamma": "scale, one number a feature; any sign",
    "beta": "shift, one number a feature",
    "eps": EPS,
    "mean": "one number a feature, used as given",
    "var": "one number a feature, at least 0, used as given",
}

rows = Op(
    forward="batchnorm_forward",
    backward="batchnorm_backward",
    oracle=batchnorm.forward,
    gradient=batchnorm.backward,
    args=("x", "gamma", "beta", "eps"),
    wrt=("x", "gamma", "beta"),
    regimes=(
        *(nominal, tiny_variance, offset),
        *(big_epsilon, one_example, one_feature, float32_input, non_contiguous, constant_feature),
    ),
    terms={"dx": batchnorm.terms},
    domains={"x": "a batch (N, D), one example a row; N and D at least 1", **DOMAINS},
)

running = Op(
    forward="running_statistics",
    oracle=batchnorm_statistics.moving_statistics,
    args=("x", "running_mean", "running_var", "momentum"),
    outputs=("running_mean", "running_var"),
    regimes=(usual_momentum, tiny_statistics, high_momentum, momentum_zero, momentum_one),
    domains={
        "x": "a batch (N, D), one example a row",
        "running_mean": "one number a feature",
        "running_var": "one number a feature, at least 0",
        "momentum": "weight of the new batch, from 0 to 1, both included",
    },
)

inference = Op(
    forward="batchnorm_inference",
    oracle=batchnorm_statistics.inference,
    args=("x", "gamma", "beta", "mean", "var", "eps"),
    regimes=(new_data, small_variance, small_variance_big_epsilon, one_new_example, dead_feature),
    domains={"x": "a batch (N, D), one example a row; N at least 1", **DOMAINS},
)

folded = Op(
    forward="batchnorm_fold",
    oracle=batchnorm_statistics.fold,
    args=("gamma", "beta", "mean", "var", "eps"),
    outputs=("scale", "shift"),
    regimes=(trained_layer, small_variance, small_variance_big_epsilon, dead_feature),
    domains=DOMAINS,
)

spatial = Op(
    forward="spatial_batchnorm_forward",
    backward="spatial_batchnorm_backward",
    oracle=batchnorm.forward,
    gradient=batchnorm.backward,
    args=("x", "gamma", "beta", "eps"),
    wrt=("x", "gamma", "beta"),
    regimes=(
        *(images, faint_images),
        *(faint_images_big_epsilon, one_image, one_channel, one_pixel, channels_last),
    ),
    terms={"dx": batchnorm.terms},
    domains={
        "x": "a batch of images (N, C, H, W); no size is below 1",
        "gamma": "scale, one number a channel; any sign",
        "beta": "shift, one number a channel",
        "eps": EPS,
    },
)

# --------------------------------------------------------------------------------- what is timed


def square(rng, n):
    """A square batch, so that a layer's output can go to the next layer transposed."""
    return {
        "x": rng.normal(size=(n, n)),
        "gamma": rng.uniform(0.5, 2.0, size=n),
        "beta": rng.normal(size=n),
        "eps": 1e-5,
    }


stack = Workload(
    "14 layers, 320 x 320, forward and backward",
    rows,
    square,
    size=320,  # small enough for the caches that no neighbour disturbs
    depth=14,
    between="transpose",  # applied to its own output a layer would know the statistics
    flops=lambda n: 19.0 * n * n,  # 9 forward, 10 backward for each entry, as the formulas are written
    reference="solutions/closed_form.py",
    naive="solutions/feature_loops.py",
    torch="peers/pytorch.py",
)

assignment = Assignment(
    title="Batch normalisation",
    submit="batchnorm.py",
    seconds=2.0,  # a right function takes well under a millisecond
    variants=variants,
    workloads=(stack,),
    parts=(
        Part("forward", rows, (agreement(out=4),), title="Training, forward"),
        Part(
            "backward",
            rows,
            (
                gradient(dx=5, dgamma="1.5", dbeta="1.5"),
                sums_to_zero("dx sums to zero over the batch", "dx", (0,)),
            ),
            needs=("forward",),
            title="Training, backward",
        ),
        Part("running", running, (agreement(running_mean=1, running_var=1),), title="Running statistics"),
        Part("inference", inference, (agreement(out=1),), title="Inference"),
        Part("folded", folded, (agreement(scale="0.5", shift="0.5"),), title="Folded into scale and shift"),
        Part("spatial forward", spatial, (agreement(out="1.5"),), title="Images, forward"),
        Part(
            "spatial backward",
            spatial,
            (
                gradient(dx="1.5", dgamma="0.5", dbeta="0.5"),
                sums_to_zero("dx sums to zero over each channel", "dx", (0, 2, 3)),
            ),
            needs=("spatial forward",),
            title="Images, backward",
        ),
    ),
    conventions={
        "bn.eps-outside": "required",
        "bn.momentum-of-old": "required",
        "bn.momentum-of-old-unbiased": "accepted",  # the running mean pays for it already
        "bn.running-var-unbiased": "accepted",  # PyTorch's habit
    },
)
