"""Convolution by hand: many channels, padding, stride and a bias, forward and backward.

Ordinary images and kernels are square, as in every course; whoever takes the height for the width loses the
unusual tier alone. Arrays are tiny: seven nested loops must finish in milliseconds.
"""

from reference import convolution
from suites import (
    Assignment,
    Domain,
    Op,
    Part,
    Workload,
    agreement,
    gradient,
    regime,
    single,
    with_channels_last,
)

from . import variants


def layer(rng, x, w, stride=1, pad=1):
    """Images of shape x (N, C, H, W) and kernels of shape w (F, K, L) for them."""
    f, *kernel = w
    return {
        "x": rng.normal(size=x),
        "w": rng.normal(size=(f, x[1], *kernel)),
        "b": rng.normal(size=f),
        "stride": stride,
        "pad": pad,
    }


# ------------------------------------------------------------------ ordinary


@regime(public=True)
def same_size(rng):
    """Stride 1, and as much padding as keeps the size of the image."""
    return layer(rng, (3, 2, 5, 5), (4, 3, 3))


@regime(public=True)
def strided(rng):
    """Stride 2 with padding 1."""
    return layer(rng, (2, 3, 5, 5), (4, 3, 3), stride=2)


@regime(like="strided")
def wide_border(rng):
    """Padding 2 and stride 3."""
    return layer(rng, (2, 4, 5, 5), (3, 3, 3), stride=3, pad=2)


@regime(like="same_size")
def even_kernel(rng):
    """A kernel of 2 x 2, so that the map is larger than the image."""
    return layer(rng, (2, 5, 3, 3), (3, 2, 2))


# ------------------------------------------------------------------ unusual


@regime(tier="unusual", like="same_size")
def no_padding(rng):
    """Padding 0."""
    return layer(rng, (2, 3, 5, 5), (4, 3, 3), pad=0)


@regime(tier="unusual", like="strided")
def stride_leaves_a_rest(rng):
    """A stride that doesn't divide: the last rows and columns are reached by no window."""
    return layer(rng, (2, 4, 5, 5), (3, 2, 2), stride=3)


@regime(tier="unusual", public=True)
def wide_images(rng):
    """Images that are wider than high."""
    return layer(rng, (2, 3, 3, 6), (4, 3, 3))


@regime(tier="unusual", like="wide_images")
def high_images(rng):
    """Images that are higher than wide, with stride 2."""
    return layer(rng, (3, 2, 4, 3), (5, 3, 3), stride=2)


@regime(tier="unusual", like="wide_images")
def wide_kernel(rng):
    """A kernel that is wider than high."""
    return layer(rng, (2, 2, 4, 4), (3, 2, 3))


@regime(tier="unusual", like="same_size")
def kernel_as_large_as_the_image(rng):
    """A kernel as large as the image and no padding: one number for each kernel."""
    return layer(rng, (4, 3, 3, 3), (2, 3, 3), stride=2, pad=0)


@regime(tier="unusual", like="same_size")
def one_by_one(rng):
    """A kernel of 1 x 1."""
    return layer(rng, (2, 4, 3, 3), (3, 1, 1), pad=0)


@regime(tier="unusual", like="same_size")
def one_image(rng):
    """A batch of a single image."""
    return layer(rng, (1, 3, 4, 4), (2, 3, 3))


@regime(tier="unusual", like="same_size")
def one_channel(rng):
    """Grey images: a single channel."""
    return layer(rng, (3, 1, 4, 4), (2, 3, 3))


@regime(tier="unusual", like="same_size")
def one_kernel(rng):
    """A single kernel."""
    return layer(rng, (2, 3, 4, 4), (1, 3, 3))


@regime(tier="unusual", like="strided")
def single_precision(rng):
    """Arrays of 32-bit floats."""
    return single(layer(rng, (3, 2, 5, 5), (4, 3, 3), stride=2))


@regime(tier="unusual", like="same_size")
def channels_last(rng):
    """Views of images and kernels that lie in memory with the channel last."""
    return with_channels_last(layer(rng, (2, 4, 3, 3), (3, 3, 3)))


# ------------------------------------------------------------------ what is asked

layer_op = Op(
    forward="conv_forward",
    backward="conv_backward",
    oracle=convolution.forward,
    gradient=convolution.backward,
    args=("x", "w", "b", "stride", "pad"),
    wrt=("x", "w", "b"),
    regimes=(
        *(same_size, strided, wide_border, even_kernel),
        *(no_padding, stride_leaves_a_rest, wide_images, high_images, wide_kernel),
        *(kernel_as_large_as_the_image, one_by_one, one_image, one_channel, one_kernel),
        *(single_precision, channels_last),
    ),
    domains={
        "x": Domain("(N, C, H, W): N images with C channels", lambda x: x.ndim == 4 and x.size > 0),
        "w": "(F, C, KH, KW): F kernels; KH at most H + 2 pad, KW at most W + 2 pad",
        "b": "(F,), one for each kernel",
        "stride": Domain("at least 1: how far the windows are apart, in both directions", lambda s: s >= 1),
        "pad": Domain("at least 0: how wide the border of zeros is on each side", lambda pad: pad >= 0),
    },
)

# --------------------------------------------------------------------------------- what is timed


def feature_maps(rng, n):
    """Images of 16 channels and 16 kernels that keep their size: maps can be the next layer's images."""
    return {
        "x": rng.normal(size=(n, 16, 16, 16)),
        "w": rng.normal(size=(16, 16, 5, 5)) / 20,
        "b": 0.1 * rng.normal(size=16),
        "stride": 1,
        "pad": 2,
    }


layers = Workload(
    "3 layers of 16 kernels 5 x 5, 4 images, forward and backward",
    layer_op,
    feature_maps,
    size=4,
    depth=3,
    flops=lambda n: 6.0 * n * 16 * 16 * 25 * 16 * 16,  # one correlation forward, two backward
    reference="solutions/kernel_offsets.py",
    naive="solutions/four_loops.py",
    torch="peers/pytorch.py",
)

assignment = Assignment(
    title="Convolution",
    submit="convolution.py",
    seconds=10.0,  # loops over everything take milliseconds
    variants=variants,
    workloads=(layers,),
    parts=(
        Part("forward", layer_op, (agreement(out=4),)),
        Part("backward", layer_op, (gradient(dx=3, dw=2, db=1),), needs=("forward",)),
    ),
    conventions={"conv.stride-plus-one": "required"},
)
