"""The basic convolutional network: convolution, ReLU, 2 x 2 max pooling, flatten and dense, both ways.

As in `convolution`, ordinary images and kernels are square and padded, and arrays are tiny.
"""

import numpy as np

from reference import cnn
from suites import Assignment, Domain, Op, Part, agreement, gradient, regime, single, with_channels_last

from .variants import variants


def network(rng, x, w, m, stride=1, pad=1):
    """Images of shape x (N, C, H, W), kernels of shape w (F, K, L) and m scores."""
    f, *kernel = w
    maps = [(size + 2 * pad - k) // stride + 1 for size, k in zip(x[2:], kernel, strict=True)]
    d = f * (maps[0] // 2) * (maps[1] // 2)
    return {
        "x": rng.normal(size=x),
        "w1": rng.normal(size=(f, x[1], *kernel)),
        "b1": rng.normal(size=f),
        "w2": rng.normal(size=(d, m)),
        "b2": rng.normal(size=m),
        "stride": stride,
        "pad": pad,
    }


# ------------------------------------------------------------------ ordinary


@regime(public=True)
def same_size(rng):
    """Stride 1, and as much padding as keeps the size of the image."""
    return network(rng, (3, 2, 4, 4), (5, 3, 3), 7)


@regime(public=True)
def strided(rng):
    """Stride 2 with padding 1."""
    return network(rng, (2, 3, 7, 7), (4, 3, 3), 5, stride=2)


@regime(like="strided")
def wide_border(rng):
    """Stride 2 with padding 2 and a kernel of 4 x 4."""
    return network(rng, (2, 2, 6, 6), (3, 4, 4), 6, stride=2, pad=2)


# ------------------------------------------------------------------ unusual


@regime(tier="unusual", like="same_size")
def no_padding(rng):
    """Padding 0."""
    return network(rng, (2, 3, 5, 5), (4, 2, 2), 3, pad=0)


@regime(tier="unusual", like="same_size")
def odd_maps(rng):
    """Maps of odd size: pooling leaves a row and a column."""
    return network(rng, (2, 3, 3, 3), (4, 3, 3), 5)


@regime(tier="unusual", public=True)
def wide_images(rng):
    """Images that are wider than high."""
    return network(rng, (2, 3, 4, 6), (2, 3, 3), 4)


@regime(tier="unusual", like="wide_images")
def wide_kernel(rng):
    """A kernel that is wider than high."""
    return network(rng, (2, 2, 3, 4), (3, 2, 3), 4)


@regime(tier="unusual", like="same_size")
def dead_maps(rng):
    """Some maps are active for no image."""
    drawn = network(rng, (3, 2, 4, 4), (4, 3, 3), 5)
    drawn["b1"][rng.permutation(4)[:2]] = -30
    return drawn


@regime(tier="unusual", like="same_size")
def one_image(rng):
    """A batch of a single image."""
    return network(rng, (1, 3, 4, 4), (2, 3, 3), 4)


@regime(tier="unusual", like="same_size")
def one_of_each(rng):
    """A single channel, a single kernel and a single score."""
    return network(rng, (4, 1, 4, 4), (1, 3, 3), 1)


@regime(tier="unusual", like="same_size", checks=("forward", "backward"))  # too many kinks within a step
def single_precision(rng):
    """Arrays of 32-bit floats."""
    return single(network(rng, (2, 3, 4, 4), (3, 3, 3), 4))


@regime(tier="unusual", like="same_size")
def channels_last(rng):
    """Views of images and kernels that lie in memory with the channel last, and a transposed w2."""
    drawn = with_channels_last(network(rng, (2, 3, 4, 4), (2, 3, 3), 5))
    return {**drawn, "w2": np.asfortranarray(drawn["w2"])}


# ------------------------------------------------------------------ what is asked

network_op = Op(
    forward="cnn_forward",
    backward="cnn_backward",
    oracle=cnn.forward,
    gradient=cnn.backward,
    args=("x", "w1", "b1", "w2", "b2", "stride", "pad"),
    outputs=("scores",),
    wrt=("x", "w1", "b1", "w2", "b2"),
    regimes=(
        *(same_size, strided, wide_border),
        *(no_padding, odd_maps, wide_images, wide_kernel, dead_maps, one_image, one_of_each),
        *(single_precision, channels_last),
    ),
    domains={
        "x": Domain("(N, C, H, W): N images with C channels", lambda x: x.ndim == 4 and x.size > 0),
        "w1": "(F, C, KH, KW): F kernels",
        "b1": "(F,), one for each kernel",
        "w2": "(D, M), D = F H'' W'': a row for each pooled pixel",
        "b2": "(M,), one for each class",
        "stride": Domain("of the convolution, at least 1", lambda stride: stride >= 1),
        "pad": Domain("of the convolution, at least 0", lambda pad: pad >= 0),
    },
)

assignment = Assignment(
    title="A convolutional network",
    submit="cnn.py",
    seconds=10.0,  # loops over everything take milliseconds
    variants=variants,
    parts=(
        Part("forward", network_op, (agreement(scores=3),)),
        Part("backward", network_op, (gradient(dx=2, dw1=2, db1=1, dw2=1, db2=1),), needs=("forward",)),
    ),
)
