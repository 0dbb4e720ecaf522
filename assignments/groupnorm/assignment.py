"""Group normalisation, forward and backward.

Not in the lectures: batch normalisation (001:1616-1730) with other axes. Written as the handbook
(docs/authoring.md) tells a new author to, and kept as its example.
"""

from suites import Assignment, Op, Part, agreement, gradient, regime, single, with_channels_last

from . import oracle, variants


def images(rng, n=3, c=6, h=4, w=5, groups=3):
    """A batch of images whose channels differ in centre and spread, with their parameters."""
    centre = rng.normal(size=(n, c, 1, 1))
    spread = 2.0 ** rng.integers(-1, 2, size=(n, c, 1, 1))
    return {
        "x": centre + spread * rng.normal(size=(n, c, h, w)),
        "gamma": rng.choice((-1, 1), c) * rng.uniform(0.5, 2.0, c),
        "beta": rng.normal(size=c),
        "groups": groups,
        "eps": 1e-5,
    }


@regime(public=True, draws=2)
def nominal(rng):
    """A batch of small images, their channels in a few groups."""
    return images(rng)


@regime(public=True)
def faint(rng):
    """Images so even that the variance of a group is about as small as eps."""
    drawn = images(rng, n=4, c=8, h=3, w=2, groups=2)
    return {**drawn, "x": 2.0**-8 * rng.normal(size=(4, 8, 3, 2))}


@regime(like="nominal")
def large_groups(rng):
    """Many channels in two groups."""
    return images(rng, n=2, c=10, h=3, w=4, groups=2)


@regime(tier="unusual", like="nominal")
def one_group(rng):
    """All channels in one group: layer normalisation."""
    return images(rng, n=4, c=5, h=2, w=3, groups=1)


@regime(tier="unusual", like="nominal")
def a_group_a_channel(rng):
    """Every channel a group of its own: instance normalisation."""
    return images(rng, n=3, c=4, h=5, w=2, groups=4)


@regime(tier="unusual", like="nominal")
def one_image(rng):
    """A batch of one image: it needs no other."""
    return images(rng, n=1, c=6, h=3, w=4, groups=2)


@regime(tier="unusual", like="nominal")
def one_pixel(rng):
    """Images of one pixel: nothing is left but the channels."""
    return images(rng, n=5, c=12, h=1, w=1, groups=3)


@regime(tier="unusual", like="nominal")
def one_value(rng):
    """One pixel, and every channel a group of its own: each value is its own mean."""
    return images(rng, n=4, c=3, h=1, w=1, groups=3)


@regime(tier="unusual", like="faint")
def big_epsilon(rng):
    """Another eps than the usual one, as large as the variance."""
    drawn = images(rng, n=3, c=4, h=2, w=5, groups=2)
    return {**drawn, "x": 2.0**-5 * rng.normal(size=(3, 4, 2, 5)), "eps": 1e-3}


@regime(tier="unusual", like="nominal")
def single_precision(rng):
    """Arrays of 32-bit floats."""
    return single(images(rng, n=2, c=9, h=2, w=4, groups=3))


@regime(tier="unusual", like="nominal")
def channels_last(rng):
    """A view of images that lie in memory with the channel last."""
    return with_channels_last(images(rng, n=2, c=6, h=5, w=3, groups=2))


layer = Op(
    forward="groupnorm_forward",
    backward="groupnorm_backward",
    oracle=oracle.forward,
    gradient=oracle.backward,
    args=("x", "gamma", "beta", "groups", "eps"),
    wrt=("x", "gamma", "beta"),
    regimes=(
        *(nominal, faint, large_groups),
        *(one_group, a_group_a_channel, one_image, one_pixel, one_value),
        *(big_epsilon, single_precision, channels_last),
    ),
    terms={"dx": oracle.terms},
    domains={
        "x": "a batch of images (N, C, H, W); no size is below 1",
        "gamma": "scale, one number a channel; any sign",
        "beta": "shift, one number a channel",
        "groups": "how many groups there are; it divides C",
        "eps": "positive; inside the root, added to the variance",
    },
)

assignment = Assignment(
    title="Group normalisation",
    submit="groupnorm.py",
    variants=variants,
    parts=(
        Part("forward", layer, (agreement(out=4),)),
        Part("backward", layer, (gradient(dx=3, dgamma="1.5", dbeta="1.5"),), needs=("forward",)),
    ),
    conventions={"gn.eps-outside": "required", "gn.interleaved": "required"},
)
