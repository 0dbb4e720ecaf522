"""Max and average pooling, forward and backward.

Ordinary windows lie side by side on square images, as the lectures have them (002:439); windows that overlap,
leave gaps or a rest are the unusual tier.
"""

import numpy as np

from reference import pooling
from suites import Assignment, Domain, Op, Part, agreement, gradient, regime, single, with_channels_last

from . import variants
from .oracle import max_gradient, mean_gradient


def maps(rng, *shape, size=2, stride=2):
    """Feature maps of this shape (N, C, H, W), and a window."""
    return {"x": rng.normal(size=shape), "size": size, "stride": stride}


# ------------------------------------------------------------------ ordinary


@regime(public=True)
def halves(rng):
    """Windows of 2 x 2 side by side: the map's height and width are halved."""
    return maps(rng, 2, 3, 4, 4)


@regime(like="halves")
def thirds(rng):
    """Windows of 3 x 3 side by side."""
    return maps(rng, 3, 2, 6, 6, size=3, stride=3)


@regime(like="halves")
def many_channels(rng):
    """More channels than rows."""
    return maps(rng, 2, 7, 4, 4)


# ------------------------------------------------------------------ unusual


@regime(tier="unusual", public=True)
def overlapping(rng):
    """Windows of 3 x 3 every 2 pixels: they overlap."""
    return maps(rng, 2, 3, 5, 5, size=3, stride=2)


@regime(tier="unusual", like="overlapping")
def every_pixel(rng):
    """A window at every pixel: stride 1."""
    return maps(rng, 3, 2, 4, 4, stride=1)


@regime(tier="unusual", like="overlapping")
def gaps(rng):
    """Windows further apart than they are wide: some pixels are in none."""
    return maps(rng, 2, 3, 5, 5, stride=3)


@regime(tier="unusual", like="halves")
def a_rest(rng):
    """A map of odd size: the last row and column are in no window."""
    return maps(rng, 3, 2, 5, 5)


@regime(tier="unusual", public=True)
def wide_maps(rng):
    """Maps that are wider than high."""
    return maps(rng, 2, 3, 4, 6)


@regime(tier="unusual", like="wide_maps")
def high_maps(rng):
    """Maps that are higher than wide."""
    return maps(rng, 3, 2, 5, 4)


@regime(tier="unusual", like="halves")
def whole_map(rng):
    """A window as large as the map: one number is left of it."""
    return maps(rng, 4, 2, 3, 3, size=3, stride=1)


@regime(tier="unusual", like="halves")
def one_image(rng):
    """A batch of a single image."""
    return maps(rng, 1, 3, 4, 4)


@regime(tier="unusual", like="halves")
def one_channel(rng):
    """A single channel."""
    return maps(rng, 3, 1, 4, 4)


@regime(tier="unusual", like="halves")
def all_negative(rng):
    """Not one number above zero."""
    return {**maps(rng, 3, 2, 4, 4), "x": -0.1 - np.abs(rng.normal(size=(3, 2, 4, 4)))}


@regime(tier="unusual", like="halves")
def after_relu(rng):
    """Maps as a ReLU leaves them: some windows hold nothing but zeros, so that their maxima tie."""
    drawn = maps(rng, 2, 4, 4, 4)
    drawn["x"] = np.maximum(drawn["x"], 0)
    drawn["x"][:, rng.integers(4), :2, 2:] = 0
    return drawn


@regime(tier="unusual", like="halves")
def few_levels(rng):
    """Numbers of few levels, as in a drawing: many maxima tie."""
    return {**maps(rng, 2, 3, 4, 4), "x": rng.integers(-2, 2, (2, 3, 4, 4)) / 2}


@regime(tier="unusual", like="halves")
def single_precision(rng):
    """Numbers in single precision (float32)."""
    return single(maps(rng, 2, 3, 6, 6))


@regime(tier="unusual", like="halves")
def channels_last(rng):
    """A view of maps that lie in memory with the channel last."""
    return with_channels_last(maps(rng, 2, 5, 4, 4))


# ------------------------------------------------------------------ what is asked

REGIMES = (
    *(halves, thirds, many_channels),
    *(overlapping, every_pixel, gaps, a_rest, wide_maps, high_maps, whole_map, one_image, one_channel),
    *(all_negative, after_relu, few_levels, single_precision, channels_last),
)

DOMAINS = {
    "x": Domain("(N, C, H, W): N images with C channels", lambda x: x.ndim == 4 and x.size > 0),
    "size": Domain("at least 1, at most H and W: height and width of the window", lambda size: size >= 1),
    "stride": Domain("at least 1: how far the windows are apart, in both directions", lambda s: s >= 1),
}

max_op = Op(
    forward="max_pool_forward",
    backward="max_pool_backward",
    oracle=pooling.max_forward,
    gradient=max_gradient,
    args=("x", "size", "stride"),
    wrt=("x",),
    regimes=REGIMES,
    domains=DOMAINS,
)

mean_op = Op(
    forward="avg_pool_forward",
    backward="avg_pool_backward",
    oracle=pooling.mean_forward,
    gradient=mean_gradient,
    args=("x", "size", "stride"),
    wrt=("x",),
    regimes=tuple(kind for kind in REGIMES if kind not in (all_negative, after_relu, few_levels)),
    domains=DOMAINS,
)

assignment = Assignment(
    title="Pooling",
    submit="pooling.py",
    seconds=10.0,  # loops over everything take milliseconds
    variants=variants,
    parts=(
        Part("max forward", max_op, (agreement(out=2),)),
        Part("max backward", max_op, (gradient(dx=4),), needs=("max forward",)),
        Part("average forward", mean_op, (agreement(out=1.5),)),
        Part("average backward", mean_op, (gradient(dx=2.5),), needs=("average forward",)),
    ),
)
