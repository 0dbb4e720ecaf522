"""Classic filters, convolution against correlation, 1 x 1 convolution and receptive fields.

How to read it: the kinds of input of each operation come first, then the operations, then the points.
"""

import numpy as np

from reference import kernels
from suites import Assignment, Domain, Op, Part, agreement, regime, single, with_channels_last

from . import oracle, variants

# ------------------------------------------------------------------ images and kernels


def picture(rng, height, width, rows, columns):
    """An image, and a kernel that no turn and no reflection leaves as it is."""
    return {"image": rng.normal(size=(height, width)), "kernel": rng.normal(size=(rows, columns))}


@regime(public=True, draws=2)
def pictures(rng):
    """An image and a kernel of 3 x 3."""
    return picture(rng, 6, 8, 3, 3)


@regime(public=True)
def classic(rng):
    """An image, to be sharpened with a kernel that looks the same turned."""
    return {"image": rng.normal(size=(7, 5)), "kernel": kernels.SHARPEN}


@regime(like="pictures")
def larger_kernel(rng):
    """A kernel of 5 x 5."""
    return picture(rng, 9, 7, 5, 5)


@regime(tier="unusual", like="pictures")
def oblong_kernel(rng):
    """A kernel that is wider than high."""
    return picture(rng, 6, 9, 1, 5)


@regime(tier="unusual", like="pictures")
def high_kernel(rng):
    """A kernel that is higher than wide."""
    return picture(rng, 8, 5, 5, 3)


@regime(tier="unusual", like="pictures")
def small_image(rng):
    """An image that is smaller than the kernel."""
    return picture(rng, 2, 3, 5, 3)


@regime(tier="unusual", like="pictures")
def one_weight(rng):
    """A kernel of a single weight."""
    return picture(rng, 4, 6, 1, 1)


@regime(tier="unusual", like="pictures")
def single_pictures(rng):
    """Image and kernel in single precision (float32)."""
    return single(picture(rng, 5, 7, 3, 3))


FILTERS = (
    pictures,
    classic,
    larger_kernel,
    oblong_kernel,
    high_kernel,
    small_image,
    one_weight,
    single_pictures,
)


# ------------------------------------------------------------------ blur


@regime(public=True, draws=2)
def by_three(rng):
    """A mean over 3 x 3 pixels."""
    return {"image": rng.normal(size=(6, 9)), "size": 3}


@regime(like="by_three")
def by_five(rng):
    """A mean over 5 x 5 pixels."""
    return {"image": rng.normal(size=(8, 7)), "size": 5}


@regime(tier="unusual", like="by_three")
def by_one(rng):
    """A mean over a single pixel."""
    return {"image": rng.normal(size=(5, 4)), "size": 1}


@regime(tier="unusual", like="by_three")
def by_more_than_there_is(rng):
    """A mean over more pixels than the image has."""
    return {"image": rng.normal(size=(2, 4)), "size": 7}


@regime(tier="unusual", like="by_three")
def single_image(rng):
    """An image in single precision (float32)."""
    return single({"image": rng.normal(size=(7, 6)), "size": 3})


# ------------------------------------------------------------------ 1 x 1 convolution


def channels(rng, n, c, h, w, f):
    """Images, weights and biases."""
    return {"x": rng.normal(size=(n, c, h, w)), "w": rng.normal(size=(f, c)), "b": rng.normal(size=f)}


@regime(public=True, draws=2)
def images(rng):
    """A batch of images with channels."""
    return channels(rng, 3, 4, 5, 2, 6)


@regime(like="images")
def fewer_channels(rng):
    """Fewer channels come out than go in."""
    return channels(rng, 2, 7, 3, 4, 3)


@regime(tier="unusual", like="images")
def one_channel(rng):
    """Images of one channel."""
    return channels(rng, 4, 1, 2, 3, 5)


@regime(tier="unusual", like="images")
def one_output(rng):
    """A single channel comes out."""
    return channels(rng, 2, 5, 4, 3, 1)


@regime(tier="unusual", like="images")
def scattered_images(rng):
    """Images with their channels last in memory."""
    return with_channels_last(channels(rng, 2, 3, 4, 5, 4))


@regime(tier="unusual", like="images")
def single_images(rng):
    """Everything in single precision (float32)."""
    return single(channels(rng, 2, 4, 3, 3, 5))


# ------------------------------------------------------------------ receptive fields


@regime(public=True, draws=2)
def with_strides(rng):
    """Four layers, two of them with strides."""
    first, third = rng.integers(2, 4, size=2).tolist()
    return {"sizes": rng.choice((3, 5, 7), 4).tolist(), "strides": [first, 1, third, 1]}


@regime(public=True)
def without_strides(rng):
    """Three layers without strides."""
    return {"sizes": rng.choice((3, 5, 7, 9, 11), 3).tolist(), "strides": [1, 1, 1]}


@regime(like="with_strides", draws=2)
def deep(rng):
    """Six layers."""
    sizes = 3 + 2 * rng.permuted(np.arange(6) % 3)
    return {"sizes": sizes.tolist(), "strides": rng.choice((2, 2, 3, 1), 6).tolist()}


@regime(tier="unusual", like="with_strides")
def one_layer(rng):
    """A single layer: its own stride does not count."""
    return {"sizes": rng.choice((3, 5, 7, 9, 11, 13), 1).tolist(), "strides": [3]}


@regime(tier="unusual", like="with_strides")
def with_pointwise_layers(rng):
    """Layers of 1 x 1 among the others."""
    first, last = rng.choice((3, 5, 7, 9, 11), 2).tolist()
    return {"sizes": [first, 1, 1, last], "strides": [1, 2, 1, 2]}


# ------------------------------------------------------------------ what is asked

IMAGE = {
    "image": "(H, W)",
    "kernel": Domain("(K, L), both odd", lambda kernel: np.array(kernel.shape) % 2 == 1),
}

sliding = Op(
    forward="slide",
    oracle=oracle.slide,
    args=("image", "kernel"),
    regimes=FILTERS,
    domains=IMAGE,
)
convolving = Op(
    forward="convolve",
    oracle=oracle.convolve,
    args=("image", "kernel"),
    regimes=FILTERS,
    domains=IMAGE,
)
blurring = Op(
    forward="blur",
    oracle=kernels.blur,
    args=("image", "size"),
    regimes=(by_three, by_five, by_one, by_more_than_there_is, single_image),
    domains={"image": "(H, W)", "size": Domain("odd", lambda size: size > 0 and size % 2 == 1)},
)
mixing = Op(
    forward="pointwise",
    oracle=oracle.pointwise,
    args=("x", "w", "b"),
    regimes=(images, fewer_channels, one_channel, one_output, scattered_images, single_images),
    domains={"x": "(N, C, H, W)", "w": "(F, C)", "b": "(F,)"},
)
seeing = Op(
    forward="receptive_field",
    oracle=oracle.receptive_field,
    args=("sizes", "strides"),
    outputs=("width",),
    regimes=(with_strides, without_strides, deep, one_layer, with_pointwise_layers),
    domains={
        "sizes": "a list of kernel sizes, the layer next to the input first",
        "strides": "a list of strides, as long",
    },
)

assignment = Assignment(
    title="Filters and receptive fields",
    submit="filters.py",
    variants=variants,
    parts=(
        Part("slide", sliding, (agreement(out="2.5"),), title="Correlation"),
        Part("convolve", convolving, (agreement(out=2),), title="Convolution"),
        Part("blur", blurring, (agreement(out=2),), title="Blur"),
        Part("pointwise", mixing, (agreement(out="1.5"),), title="1 x 1 convolution"),
        Part("receptive field", seeing, (agreement(width=2),), title="Receptive field"),
    ),
)
