"""What goes wrong with filters and receptive fields: programs with the oracle's signature."""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference import convolution, kernels
from suites import wrong

from . import oracle

EQUIVARIANCE = "000:654 true convolution turns the kernel"
CLASSIC = "000:630 classic kernels"
SEPARABLE = "000:872 horizontally, then vertically"
POINTWISE = "000:842 1 x 1 convolution"
FIELD = "000:769 receptive field"


def bordered(image, kernel, mode):
    """The filter in another border than zeros."""
    rows, columns = (n // 2 for n in kernel.shape)
    wide = np.pad(image, ((rows, rows), (columns, columns)), mode=mode)
    seen = np.lib.stride_tricks.sliding_window_view(wide, kernel.shape)
    return np.einsum("ijpq,pq->ij", seen, kernel)


# ------------------------------------------------------------------ correlation and convolution


@wrong(
    "fl.turned",
    oracle.slide,
    "The kernel is turned by 180 degrees.",
    "Which of the two turns the kernel?",
    EQUIVARIANCE,
)
def turned(image, kernel):
    return oracle.convolve(image, kernel)


@wrong(
    "fl.not-turned",
    oracle.convolve,
    "The kernel is not turned: this is correlation.",
    "The image is a single 1. What should the result look like?",
    EQUIVARIANCE,
)
def not_turned(image, kernel):
    return oracle.slide(image, kernel)


@wrong(
    "fl.turned-one-way",
    oracle.convolve,
    "Only the rows of the kernel are turned round.",
    "The image is a single 1. What should the result look like?",
    EQUIVARIANCE,
)
def turned_rows(image, kernel):
    return kernels.apply(kernel[::-1], image)


@wrong(
    "fl.turned-the-other-way",
    oracle.convolve,
    "Only the columns of the kernel are turned round.",
    "The image is a single 1. What should the result look like?",
    EQUIVARIANCE,
)
def turned_columns(image, kernel):
    return kernels.apply(kernel[:, ::-1], image)


@wrong(
    "fl.edge-border",
    oracle.slide,
    "The border repeats the outermost pixels; it is to be zero.",
    "What stands around the image?",
    CLASSIC,
)
def edge_border(image, kernel):
    return bordered(image, kernel, "edge")


@wrong(
    "fl.periodic-border",
    oracle.slide,
    "The border continues on the other side of the image; it is to be zero.",
    "What stands around the image?",
    CLASSIC,
)
def periodic_border(image, kernel):
    return bordered(image, kernel, "wrap")


@wrong(
    "fl.mirrored-border",
    oracle.slide,
    "The border mirrors the image; it is to be zero.",
    "What stands around the image?",
    CLASSIC,
)
def mirrored_border(image, kernel):
    return bordered(image, kernel, "symmetric")


@wrong(
    "fl.divided",
    oracle.slide,
    "The result is divided by the number of weights.",
    "The kernel is a single 1 in the middle of zeros. What is the result?",
    CLASSIC,
)
def divided(image, kernel):
    return oracle.slide(image, kernel) / kernel.size


# ------------------------------------------------------------------ blur


@wrong(
    "fl.rows-only",
    kernels.blur,
    "The blur runs along the rows alone.",
    "Over how many pixels is the mean taken?",
    SEPARABLE,
)
def rows_only(image, size):
    return kernels.apply(kernels.box(1, size), image)


@wrong(
    "fl.columns-only",
    kernels.blur,
    "The blur runs along the columns alone.",
    "Over how many pixels is the mean taken?",
    SEPARABLE,
)
def columns_only(image, size):
    return kernels.apply(kernels.box(size, 1), image)


@wrong(
    "fl.summed",
    kernels.blur,
    "The pixels are summed; their mean is meant.",
    "How bright is the result?",
    SEPARABLE,
)
def summed(image, size):
    return kernels.blur(image, size) * size**2


@wrong(
    "fl.divided-once",
    kernels.blur,
    "The sum over size x size pixels is divided by size.",
    "How bright is the result?",
    SEPARABLE,
)
def divided_once(image, size):
    return kernels.blur(image, size) * size


@wrong(
    "fl.mean-of-inside",
    kernels.blur,
    "At the edges the mean is taken over the pixels of the image alone.",
    "What stands around the image, and does it count?",
    SEPARABLE,
)
def mean_of_inside(image, size):
    return kernels.blur(image, size) / kernels.blur(np.ones_like(image), size)


@wrong(
    "fl.same-way-twice",
    kernels.blur,
    "Both passes run along the rows.",
    "Along which axis does each of your passes run?",
    SEPARABLE,
)
def same_way_twice(image, size):
    return rows_only.wrong(rows_only.wrong(image, size), size)


# ------------------------------------------------------------------ 1 x 1 convolution


@wrong("fl.no-bias", oracle.pointwise, "The bias is not added.", "What is out for x = 0?", POINTWISE)
def no_bias(x, w, b):
    return oracle.pointwise(x, w, 0 * b)


@wrong(
    "fl.bias-each-channel",
    oracle.pointwise,
    "The bias is added once for each channel that goes in.",
    "What is out for x = 0?",
    POINTWISE,
)
def bias_each_channel(x, w, b):
    return oracle.pointwise(x, w, len(w[0]) * b)


@wrong(
    "fl.mean-of-channels",
    oracle.pointwise,
    "The channels are averaged; they are summed.",
    "What is out for one channel, and what for two that are the same?",
    POINTWISE,
)
def mean_of_channels(x, w, b):
    return oracle.pointwise(x, w / x.shape[1], b)


# ------------------------------------------------------------------ receptive fields


@wrong(
    "rf.stride-ignored",
    oracle.receptive_field,
    "The strides are not looked at.",
    "Two neighbours of the second layer: how far apart do they look into the input?",
    FIELD,
)
def stride_ignored(sizes, strides):
    return convolution.receptive_field((size, 1) for size in sizes)


@wrong(
    "rf.own-stride-counts",
    oracle.receptive_field,
    "A layer's own stride widens its own view.",
    "A single layer has a kernel of 3 and a stride of 2. How much does one output see?",
    FIELD,
)
def own_stride(sizes, strides):
    width, step = 1, 1
    for size, stride in zip(sizes, strides, strict=True):
        step *= stride
        width += (size - 1) * step
    return width


@wrong(
    "rf.sum-of-sizes",
    oracle.receptive_field,
    "The sizes are added up.",
    "Two kernels of 3 see 5, not 6. Why?",
    FIELD,
)
def sum_of_sizes(sizes, strides):
    width, step = 0, 1
    for size, stride in zip(sizes, strides, strict=True):
        width, step = width + size * step, step * stride
    return width


@wrong(
    "rf.steps-added",
    oracle.receptive_field,
    "The strides are added up; they multiply.",
    "Two layers of stride 2: how far apart do neighbours look into the input?",
    FIELD,
)
def steps_added(sizes, strides):
    width, step = 1, 1
    for size, stride in zip(sizes, strides, strict=True):
        width, step = width + (size - 1) * step, step + stride - 1
    return width


@wrong(
    "rf.from-the-output",
    oracle.receptive_field,
    "The layers are taken from the wrong end.",
    "Which layers' strides come before a layer?",
    FIELD,
)
def from_the_output(sizes, strides):
    return oracle.receptive_field(sizes[::-1], strides[::-1])
