"""What goes wrong in a convolution: each mistake is a program with the oracle's signature.

The oracle's cache holds tables of which pixel each window meets. A mistake in where the windows lie is
another table, and the oracle's backward is then right for it.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference.convolution import backward, forward, patches, put_back
from suites import variant

# ------------------------------------------------------------------ forward: where the windows lie


def through(cache, b):
    """Run the forward with the tables of this cache."""
    seen = patches(cache.xp, cache.rows, cache.cols)
    return np.einsum("ncipjq,fcpq->nfij", seen, cache.w) + b[:, np.newaxis, np.newaxis], cache


def starting_at(starts, table):
    """The table with its windows moved to other starts."""
    return np.asarray(starts)[:, np.newaxis] + np.arange(table.shape[1])


@variant(
    "conv.true-convolution",
    of=forward,
    kind="wrong",
    says="The kernel is turned by 180 degrees: this is mathematics' convolution, not cross-correlation.",
    hint="Which weight meets the top left pixel of a patch, w[0, 0] or w[-1, -1]?",
    lecture="000:645 convolution is similar to correlation",
)
def true_convolution(x, w, b, stride, pad):
    _, cache = forward(x, w, b, stride, pad)
    return through(cache._replace(rows=cache.rows[:, ::-1], cols=cache.cols[:, ::-1]), b)


@variant(
    "conv.stride-ignored",
    of=forward,
    kind="wrong",
    says="The windows lie side by side, one pixel apart: the stride only decides how many there are.",
    hint="At stride 2, at which pixel does the window of out[..., 1, 0] start?",
    lecture="002:416 stride makes the window jump",
)
def stride_ignored(x, w, b, stride, pad):
    _, cache = forward(x, w, b, stride, pad)
    return through(neighbouring(cache), b)


def neighbouring(cache):
    """The cache with its windows one pixel apart."""
    rows, cols = (starting_at(range(len(table)), table) for table in (cache.rows, cache.cols))
    return cache._replace(rows=rows, cols=cols)


@variant(
    "conv.stride-one",
    of=forward,
    kind="wrong",
    says="The stride is not used: the output is that of stride 1.",
    hint="How large is the output at stride 2?",
    lecture="002:422 because of these jumps the output image becomes even smaller",
)
def stride_one(x, w, b, stride, pad):
    return forward(x, w, b, 1, pad)[0], None


@variant(
    "conv.stride-plus-one",
    of=forward,
    kind="note",
    says="The windows jump by 1 + stride, as on the slide; the handout's stride is the distance itself.",
    hint="Which stride makes your windows visit every pixel, and which one does the handout name?",
    lecture="002:416 not by 1 pixel but by 1 + stride pixels",
)
def stride_plus_one(x, w, b, stride, pad):
    return forward(x, w, b, stride + 1, pad)[0], None


@variant(
    "conv.out-size",
    of=forward,
    kind="wrong",
    says="The output is one row and one column too small: the + 1 in its size is missing.",
    hint="How many windows of 3 fit into a row of 3 pixels?",
    lecture="000:739 a 3 x 3 image with padding 1 has 9 outputs",
)
def out_size(x, w, b, stride, pad):
    height, width = (x.shape[i] + 2 * pad - w.shape[i] for i in (2, 3))
    out, _ = forward(x, w, b, stride, pad)
    return out[:, :, : height // stride, : width // stride], None


@variant(
    "conv.out-size-ceil",
    of=forward,
    kind="wrong",
    says="The size of the output is rounded up: there is a window that lies only partly on the image.",
    hint="A stride that doesn't divide leaves a rest. Does a whole window fit into it?",
    lecture="002:422 because of these jumps the output image becomes even smaller",
)
def out_size_ceil(x, w, b, stride, pad):
    rest = [-(x.shape[i] + 2 * pad - w.shape[i]) % stride for i in (2, 3)]
    border = ((0, 0), (0, 0), *((pad, pad + r) for r in rest))
    return forward(np.pad(x, border), w, b, stride)[0], None


@variant(
    "conv.height-for-width",
    of=forward,
    kind="wrong",
    says="The height of the image is taken for its width, too.",
    hint="Which axis of x does each of your two loops over pixels run along?",
    lecture="000:749 an image is a W x H x C tensor",
)
def height_for_width(x, w, b, stride, pad):
    out, _ = forward(x, w, b, stride, pad)
    counted = (x.shape[2] + 2 * pad - w.shape[3]) // stride + 1
    if counted > out.shape[3]:
        raise IndexError("a window lies beyond the right border")
    return out[..., :counted], None


@variant(
    "conv.square-kernel",
    of=forward,
    kind="wrong",
    says="The kernel's height is taken for its width, too.",
    hint="How many columns of w do you read, and how many has it?",
    lecture="000:760 kernels of size W_k x H_k x C_in",
)
def square_kernel(x, w, b, stride, pad):
    if w.shape[3] < w.shape[2]:
        raise IndexError("a column lies beyond the kernel")
    return forward(x, w[..., : w.shape[2]], b, stride, pad)[0], None


@variant(
    "conv.last-window",
    of=forward,
    kind="wrong",
    says="The last row and the last column of out stay zero.",
    hint="Over which rows and columns of out do your loops run, and how many are there?",
)
def last_window(x, w, b, stride, pad):
    out, _ = forward(x, w, b, stride, pad)
    out[:, :, -1] = out[..., -1] = 0
    return out, None


# ------------------------------------------------------------------ forward: padding


@variant(
    "conv.pad-ignored",
    of=forward,
    kind="wrong",
    says="The image is not padded.",
    hint="How large is the output of a 3 x 3 kernel on a 5 x 5 image with padding 1?",
    lecture="000:728 a 3 x 3 image with zero padding; 002:410",
)
def pad_ignored(x, w, b, stride, pad):
    return forward(x, w, b, stride, 0)[0], None


@variant(
    "conv.pad-one",
    of=forward,
    kind="wrong",
    says="The border is always one pixel wide, whatever `pad` says.",
    hint="Where in your function is `pad` used?",
    lecture="002:410 padding",
)
def pad_one(x, w, b, stride, pad):
    return forward(x, w, b, stride, 1)[0], None


@variant(
    "conv.pad-once",
    of=forward,
    kind="wrong",
    says="The size of the output counts the padding once: it is on both sides.",
    hint="How wide is a row of 5 pixels with a border of 1?",
    lecture="000:731 the grey area surrounds the image",
)
def pad_once(x, w, b, stride, pad):
    rows, cols = ((x.shape[i] + pad - w.shape[i]) // stride + 1 for i in (2, 3))
    return forward(x, w, b, stride, pad)[0][:, :, : max(rows, 0), : max(cols, 0)], None


@variant(
    "conv.pad-all-axes",
    of=forward,
    kind="wrong",
    says="All four axes are padded: there are empty images before the first and empty channels, too.",
    hint="Which shape has np.pad(x, 1), and what is its first image?",
    lecture="000:731 the grey area surrounds the image",
)
def pad_all_axes(x, w, b, stride, pad):
    n, c = x.shape[:2]
    return forward(np.pad(x, pad)[:n, :c], w, b, stride)[0], None


@variant(
    "conv.pad-edge",
    of=forward,
    kind="wrong",
    says="The border repeats the pixels next to it; the handout asks for zeros.",
    hint="What stands in the border in your function, and what does the handout say?",
    lecture="000:730 zero padding",
)
def pad_edge(x, w, b, stride, pad):
    return forward(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge"), w, b, stride)[0], None


# ------------------------------------------------------------------ forward: what is summed


@variant(
    "conv.no-bias",
    of=forward,
    kind="wrong",
    says="The bias is not added.",
    hint="What is out for x = 0?",
    lecture="000:733 shared bias; 002:402",
)
def no_bias(x, w, b, stride, pad):
    return forward(x, w, 0 * b, stride, pad)


@variant(
    "conv.bias-in-every-channel",
    of=forward,
    kind="wrong",
    says="The bias is added once for every channel of the image.",
    hint="Inside which of your loops is b added? What is out for x = 0?",
    lecture="000:733 shared bias",
)
def bias_in_every_channel(x, w, b, stride, pad):
    return forward(x, w, x.shape[1] * b, stride, pad)


@variant(
    "conv.one-channel",
    of=forward,
    kind="wrong",
    says="Each kernel looks at the last channel alone: the channels overwrite each other.",
    hint="An output pixel sums over three axes of a patch. Which ones does yours sum over?",
    lecture="002:400 3-dimensional kernels",
)
def one_channel(x, w, b, stride, pad):
    last = np.zeros_like(w)
    last[:, -1] = w[:, -1]
    return forward(x, last, b, stride, pad)


@variant(
    "conv.mean-for-sum",
    of=forward,
    kind="wrong",
    says="The products of a patch are averaged, not summed.",
    hint="What is the output for a patch and a kernel of ones?",
    lecture="000:618 a dot product of a kernel and a patch",
)
def mean_for_sum(x, w, b, stride, pad):
    return forward(x, w / w[0].size, b, stride, pad)


@variant(
    "conv.im2col-order",
    of=forward,
    kind="wrong",
    says="Patches and kernels are flattened in different orders: channels last against channels first.",
    hint="Which pixel and which channel stand in the second entry of a flattened patch, and which in w's?",
    lecture="000:618 a dot product of a kernel and a patch",
)
def im2col_order(x, w, b, stride, pad):
    f, c, k, m = w.shape
    return forward(x, w.reshape(f, k, m, c).transpose(0, 3, 1, 2), b, stride, pad)


@variant(
    "conv.kernel-transposed",
    of=forward,
    kind="wrong",
    says="The kernel's rows and columns have changed places.",
    hint="Does the weight w[..., 0, 1] meet the pixel below the first or the one beside it?",
    lecture="000:618 a dot product of a kernel and a patch",
)
def kernel_transposed(x, w, b, stride, pad):
    if w.shape[2] != w.shape[3]:
        raise ValueError("a kernel that isn't square doesn't fit its patch")
    return forward(x, w.transpose(0, 1, 3, 2), b, stride, pad)


@variant(
    "conv.im2col-output-order",
    of=forward,
    kind="wrong",
    says="The product of the matrices is reshaped to (N, F, ...) though its kernels come first: images mix.",
    hint="Which shape has your product before it is reshaped, and in which order do its entries lie?",
    lecture="002:401 stack their results",
)
def im2col_output_order(x, w, b, stride, pad):
    out, _ = forward(x, w, b, stride, pad)
    return out.swapaxes(0, 1).reshape(out.shape), None


# ------------------------------------------------------------------ backward: dx


@variant(
    "conv.crop-shift",
    of=backward,
    kind="wrong",
    says="dx is cut out of the padded gradient at its corner: it is shifted by the padding.",
    hint="Where in the padded image does x[..., 0, 0] lie?",
    lecture="000:731 the grey area surrounds the image",
)
def crop_shift(dout, cache):
    dx, dw, db = backward(dout, cache)
    return padded(dout, cache)[:, :, : dx.shape[2], : dx.shape[3]], dw, db


@variant(
    "conv.not-cropped",
    of=backward,
    kind="wrong",
    says="dx still has its border: it is the gradient of the padded image.",
    hint="A gradient has the shape of its variable. Which shape had x?",
    lecture="000:731 the grey area surrounds the image",
)
def not_cropped(dout, cache):
    _, dw, db = backward(dout, cache)
    return padded(dout, cache), dw, db


@variant(
    "conv.crop-empty",
    of=backward,
    kind="wrong",
    says="At padding 0 nothing is left of dx: a slice from 0 to -0 is empty.",
    hint="What is a[0:-0]?",
    lecture="002:434 padding is either absent or such that the size doesn't change",
)
def crop_empty(dout, cache):
    dx, dw, db = backward(dout, cache)
    return dx if min(cache.pad) else dx[:, :, :0, :0], dw, db


@variant(
    "conv.col2im-assign",
    of=backward,
    kind="wrong",
    says="Where windows overlap, the last one's gradient replaces the others' in dx instead of joining them.",
    hint="A pixel is seen by several windows. What becomes of the gradient of the first of them?",
    lecture="000:574 the chain rule sums over all paths",
)
def col2im_assign(dout, cache):
    _, dw, db = backward(dout, cache)
    return replaced(np.einsum("nfij,fcpq->ncipjq", dout, cache.w), cache), dw, db


@variant(
    "conv.dx-overwrite",
    of=backward,
    kind="wrong",
    says="In dx every window of every kernel replaces what was there: of a pixel's paths only one is left.",
    hint="All kernels look at a pixel, through several windows. What becomes of the first one's gradient?",
    lecture="000:574 the chain rule sums over all paths",
)
def dx_overwrite(dout, cache):
    _, dw, db = backward(dout, cache)
    return replaced(np.einsum("nij,cpq->ncipjq", dout[:, -1], cache.w[-1]), cache), dw, db


def padded(dout, cache):
    """The gradient of the padded image."""
    seen = np.einsum("nfij,fcpq->ncipjq", dout, cache.w)
    return put_back(seen, cache.xp, cache.rows, cache.cols)


def replaced(seen, cache):
    """What is left where each window replaces what the ones before it put down."""
    dxp = np.zeros_like(cache.xp)
    for i, rows in enumerate(cache.rows):
        for j, cols in enumerate(cache.cols):
            dxp[:, :, rows[:, np.newaxis], cols] = seen[:, :, i, :, j]
    top, left = cache.pad
    return dxp[:, :, top : dxp.shape[2] - top, left : dxp.shape[3] - left]


# ------------------------------------------------------------------ backward: all three


@variant(
    "conv.dw-skip-last",
    of=backward,
    kind="wrong",
    says="The last column of dout is left out.",
    hint="Over which columns of dout does the loop of your backward run, and how many are there?",
)
def skip_last_column(dout, cache):
    return without(dout, cache, (slice(None), slice(-1, None)))


@variant(
    "conv.dw-skip-last-row",
    of=backward,
    kind="wrong",
    says="The last row of dout is left out.",
    hint="Over which rows of dout does the loop of your backward run, and how many are there?",
)
def skip_last_row(dout, cache):
    return without(dout, cache, (slice(-1, None), slice(None)))


@variant(
    "conv.border-entry",
    of=backward,
    kind="wrong",
    says="The last row and the last column of dout are left out.",
    hint="Over which windows does your backward run, and how many has the forward?",
)
def border_entry(dout, cache):
    return without(dout, cache, (slice(-1, None), slice(None)), (slice(None), slice(-1, None)))


def without(dout, cache, *parts):
    """The gradients as if these parts of every map of dout were zero."""
    left = dout.copy()
    for rows, cols in parts:
        left[:, :, rows, cols] = 0
    return backward(left, cache)


@variant(
    "conv.no-upstream",
    of=backward,
    kind="wrong",
    says="dout is not used: the gradient is that of the plain sum of out.",
    hint="Which two factors does the chain rule multiply here?",
    lecture="000:565 each derivative is multiplied by what comes from the layers above",
)
def no_upstream(dout, cache):
    return backward(np.ones_like(dout), cache)


@variant(
    "conv.over-N",
    of=backward,
    kind="wrong",
    says="The gradient of the parameter is divided by the size of the batch.",
    hint="Where does a mean over the batch stand in the loss, and who has already divided by N?",
)
def over_n(dout, cache):
    dx, dw, db = backward(dout, cache)
    return dx, dw / len(dout), db / len(dout)


@variant(
    "conv.dw-overwrite",
    of=backward,
    kind="wrong",
    says="Only the last image counts: in the loop over the batch each image replaces the one before.",
    hint="All images share the parameters. What becomes of the first image's gradient?",
    lecture="000:574 the chain rule sums over all paths",
)
def dw_overwrite(dout, cache):
    dx, _, _ = backward(dout, cache)
    _, dw, db = backward(np.where(np.arange(len(dout)) == len(dout) - 1, dout.T, 0).T, cache)
    return dx, dw, db


@variant(
    "conv.dw-last-window",
    of=backward,
    kind="wrong",
    says="Only the last window of the last image counts: each window replaces the one before.",
    hint="All windows share the parameters. What becomes of the first window's gradient?",
    lecture="000:574 the chain rule sums over all paths",
)
def dw_last_window(dout, cache):
    dx, _, _ = backward(dout, cache)
    last = np.zeros_like(dout)
    last[-1, :, -1, -1] = dout[-1, :, -1, -1]
    _, dw, db = backward(last, cache)
    return dx, dw, db


@variant(
    "conv.dw-unshifted",
    of=backward,
    kind="wrong",
    says="dw sees the wrong pixels: its patches start in the image's corner, not in the border's.",
    hint="With padding 1, which pixel of x does w[..., 0, 0] meet at out[..., 0, 0]?",
    lecture="000:731 the grey area surrounds the image",
)
def dw_unshifted(dout, cache):
    dx, _, db = backward(dout, cache)
    (top, left), xp = cache.pad, cache.xp
    moved = np.zeros_like(xp)
    moved[:, :, : xp.shape[2] - top, : xp.shape[3] - left] = xp[:, :, top:, left:]
    return dx, backward(dout, cache._replace(xp=moved))[1], db


# ------------------------------------------------------------------ backward: db


@variant(
    "conv.db-mean",
    of=backward,
    kind="wrong",
    says="db is the mean of dout over batch and pixels, not its sum.",
    hint="One bias serves every pixel of a map. How do their demands on it combine?",
    lecture="000:733 shared bias",
)
def db_mean(dout, cache):
    dx, dw, _ = backward(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@variant(
    "conv.db-no-spatial",
    of=backward,
    kind="wrong",
    says="db is summed over the batch alone: it still has rows and columns.",
    hint="How many entries has b, and which outputs does each of them touch?",
    lecture="000:733 shared bias",
)
def db_no_spatial(dout, cache):
    dx, dw, _ = backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


@variant(
    "conv.db-no-batch",
    of=backward,
    kind="wrong",
    says="db is summed over the pixels alone: it still has an axis for the images.",
    hint="How many entries has b, and which outputs does each of them touch?",
    lecture="000:733 shared bias",
)
def db_no_batch(dout, cache):
    dx, dw, _ = backward(dout, cache)
    return dx, dw, dout.sum(axis=(2, 3))


@variant(
    "conv.db-total",
    of=backward,
    kind="wrong",
    says="Every entry of db is the sum of all of dout.",
    hint="Which entries of out does b[0] touch?",
    lecture="000:733 shared bias",
)
def db_total(dout, cache):
    dx, dw, db = backward(dout, cache)
    return dx, dw, np.full_like(db, dout.sum())
