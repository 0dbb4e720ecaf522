"""Inverted dropout and spatial dropout, in training and at test: random functions, graded by statistics.

One kind of input of each function is asked often, to see whether entries are dropped independently; the
others are about a rate, zeros, precision or shape, and need few calls.
"""

import numpy as np

from suites import Assignment, Domain, Op, Part, by_statistics, regime, single

from . import oracle, variants

TRAIN, TEST = "train", "test"


def _numbers(rng, shape, p, mode):
    """Numbers of both signs, none near zero."""
    x = rng.uniform(0.25, 2.0, size=shape) * rng.choice((-1.0, 1.0), size=shape)
    return {"x": x, "p": p, "mode": mode}


# ------------------------------------------------------------------------------ single entries


@regime(public=True, repeats=56)
def rows(rng):
    """A batch in training, asked many times: two in five are dropped."""
    return _numbers(rng, (9, 11), 0.4, TRAIN)


@regime(like="rows", repeats=8)
def active_units(rng):
    """A batch behind a ReLU: about half of the numbers are exactly 0."""
    drawn = _numbers(rng, (13, 10), 0.6, TRAIN)
    return {**drawn, "x": np.maximum(drawn["x"], 0)}


@regime(like="rows", repeats=8)
def seldom(rng):
    """Few are dropped: one in ten."""
    return _numbers(rng, (12, 17), 0.1, TRAIN)


@regime(public=True)
def rows_at_test(rng):
    """A batch at test."""
    return _numbers(rng, (6, 5), 0.3, TEST)


@regime(like="rows_at_test")
def often_at_test(rng):
    """A batch at test, with another p."""
    return _numbers(rng, (4, 7), 0.6, TEST)


@regime(tier="unusual", public=True)
def nothing_dropped(rng):
    """In training with p = 0."""
    return _numbers(rng, (7, 4), 0.0, TRAIN)


@regime(tier="unusual", like="rows", repeats=8)
def nearly_all_dropped(rng):
    """In training with p = 0.9."""
    return _numbers(rng, (15, 16), 0.9, TRAIN)


@regime(tier="unusual", like="rows", repeats=8)
def single_precision(rng):
    """In training, in single precision (float32)."""
    return single(_numbers(rng, (10, 13), 0.3, TRAIN))


@regime(tier="unusual", like="rows", repeats=8)
def one_example(rng):
    """In training, a batch of a single row."""
    return _numbers(rng, (1, 70), 0.4, TRAIN)


@regime(tier="unusual", like="rows", repeats=8)
def volumes(rng):
    """In training, numbers with more than two axes: each is dropped by itself."""
    return _numbers(rng, (3, 4, 2, 5), 0.25, TRAIN)


@regime(tier="unusual", like="rows", repeats=8)
def scattered(rng):
    """In training, a transposed view instead of a fresh array."""
    drawn = _numbers(rng, (11, 8), 0.3, TRAIN)
    return {**drawn, "x": drawn["x"].T}


@regime(tier="unusual", public=True)
def nothing_dropped_at_test(rng):
    """At test with p = 0."""
    return _numbers(rng, (3, 8), 0.0, TEST)


@regime(tier="unusual", like="rows_at_test")
def single_precision_at_test(rng):
    """At test, in single precision (float32)."""
    return single(_numbers(rng, (5, 6), 0.7, TEST))


training = (
    *(rows, active_units, seldom, nothing_dropped, nearly_all_dropped),
    *(single_precision, one_example, volumes, scattered),
)
at_test = (rows_at_test, often_at_test, nothing_dropped_at_test, single_precision_at_test)


# ------------------------------------------------------------------------------ whole channels


@regime(public=True, repeats=56)
def images(rng):
    """Images in training, asked many times: two in five channels are dropped."""
    return _numbers(rng, (7, 6, 3, 2), 0.4, TRAIN)


@regime(like="images", repeats=8)
def dead_channels(rng):
    """Images in which some channels are exactly 0 and others have zeros."""
    drawn = _numbers(rng, (8, 9, 2, 3), 0.6, TRAIN)
    shown = rng.random((8, 9, 1, 1)) < 0.6
    return {**drawn, "x": np.where(shown, np.maximum(drawn["x"], 0), 0)}


@regime(public=True)
def images_at_test(rng):
    """Images at test."""
    return _numbers(rng, (5, 6, 4, 2), 0.3, TEST)


@regime(like="images_at_test")
def often_images_at_test(rng):
    """Images at test, with another p."""
    return _numbers(rng, (4, 7, 3, 2), 0.6, TEST)


@regime(tier="unusual", public=True)
def no_channel_dropped(rng):
    """Images in training with p = 0."""
    return _numbers(rng, (4, 3, 2, 5), 0.0, TRAIN)


@regime(tier="unusual", like="images", repeats=8)
def single_precision_images(rng):
    """Images in training, in single precision (float32)."""
    return single(_numbers(rng, (6, 11, 2, 3), 0.2, TRAIN))


@regime(tier="unusual", like="images", repeats=8)
def one_image(rng):
    """A batch of one image, in training."""
    return _numbers(rng, (1, 24, 3, 2), 0.4, TRAIN)


@regime(tier="unusual", like="images", repeats=8)
def pixels(rng):
    """Images of one pixel, in training."""
    return _numbers(rng, (8, 7, 1, 1), 0.25, TRAIN)


@regime(tier="unusual", like="images_at_test")
def no_channel_dropped_at_test(rng):
    """Images at test with p = 0."""
    return _numbers(rng, (2, 3, 4, 5), 0.0, TEST)


channels = (images, dead_channels, no_channel_dropped, single_precision_images, one_image, pixels)
channels_at_test = (images_at_test, often_images_at_test, no_channel_dropped_at_test)


# ------------------------------------------------------------------------------ what is asked


def _is_rate(p):
    return 0 <= p < 1


MODES = {
    "p": Domain("the probability that an entry is dropped, 0 <= p < 1", _is_rate),
    "mode": '"train" or "test"',
}

dropout = Op(
    forward="dropout_forward",
    backward="dropout_backward",
    oracle=oracle.dropout,
    gradient=oracle.gradient,
    law=oracle.law,
    args=("x", "p", "mode"),
    wrt=("x",),
    regimes=(*training, *at_test),
    domains={"x": "numbers, in any shape", **MODES},
)

spatial = Op(
    forward="spatial_dropout_forward",
    backward="spatial_dropout_backward",
    oracle=oracle.spatial,
    gradient=oracle.gradient,
    law=oracle.spatial_law,
    args=("x", "p", "mode"),
    wrt=("x",),
    regimes=(*channels, *channels_at_test),
    domains={
        "x": "images (N, C, H, W)",
        **MODES,
        "p": Domain("the probability that a channel is dropped, 0 <= p < 1", _is_rate),
    },
)

assignment = Assignment(
    title="Dropout",
    submit="dropout.py",
    seconds=2.0,
    variants=variants,
    parts=(
        Part("training", dropout, (by_statistics(*training, out="2.5"),), title="Training, forward"),
        Part(
            "training backward",
            dropout,
            (by_statistics(*training, dx=2),),
            needs=("training",),
            title="Training, backward",
        ),
        Part("test", dropout, (by_statistics(*at_test, out=1, dx="0.5"),), title="At test"),
        Part("spatial", spatial, (by_statistics(*channels, out="1.5"),), title="Channels, forward"),
        Part(
            "spatial backward",
            spatial,
            (by_statistics(*channels, dx="1.5"),),
            needs=("spatial",),
            title="Channels, backward",
        ),
        Part(
            "spatial test",
            spatial,
            (by_statistics(*channels_at_test, out="0.5", dx="0.5"),),
            title="Channels, at test",
        ),
    ),
    conventions={
        "drop.keep-is-drop": "required",  # 000 and 002 call p what is kept; the handout takes 001's
        "drop.keep-is-drop-guarded": "required",
        "drop.plain": "required",
    },
)
