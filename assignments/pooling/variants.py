"""What goes wrong in pooling: each mistake is a program with the oracle's signature.

The oracle's cache holds the share that each pixel of a window has in its output. Most mistakes are other
shares, and the oracle's backward is then right for them.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference.convolution import patches
from reference.pooling import backward, first_of_the_largest, max_forward, mean_forward, pooled
from suites import Variant, variant

from .oracle import max_gradient, mean_gradient


def sharing(x, size, stride, share_of):
    """Pool with other shares: share_of makes them of what the windows (N, C, H', K, W', K) see."""
    _, cache = max_forward(x, size, stride)
    return pooled(x, share_of(patches(x, cache.rows, cache.cols)), cache.rows, cache.cols)


# ------------------------------------------------------------------ the maximum


@variant(
    "pool.average",
    of=max_forward,
    kind="wrong",
    says="This is average pooling: every pixel of a window counts alike.",
    hint="Which of its pixels produced the output of a window?",
    lecture="000:777 it calculates maximum or average",
)
def average(x, size, stride):
    return mean_forward(x, size, stride)


@variant(
    "pool.abs-argmax",
    of=max_forward,
    kind="wrong",
    says="The pixel with the largest absolute value is taken for the maximum.",
    hint="Which is the maximum of -3 and 2?",
    lecture="000:783 the maximum of a window",
)
def abs_argmax(x, size, stride):
    return sharing(x, size, stride, lambda seen: first_of_the_largest(np.abs(seen)))


@variant(
    "pool.abs-max",
    of=max_forward,
    kind="wrong",
    says="The maximum is that of the absolute values: no output is negative.",
    hint="What is the maximum of -3 and -2?",
    lecture="000:783 the maximum of a window",
)
def abs_max(x, size, stride):
    return sharing(x, size, stride, lambda seen: first_of_the_largest(np.abs(seen)) * np.sign(seen))


@variant(
    "pool.minimum",
    of=max_forward,
    kind="wrong",
    says="This is the minimum of each window.",
    hint="What is the maximum of 6, 8, 3 and 5?",
    lecture="000:783 the maximum of a window",
)
def minimum(x, size, stride):
    return sharing(x, size, stride, lambda seen: first_of_the_largest(-seen))


@variant(
    "pool.from-zero",
    of=max_forward,
    kind="wrong",
    says="The search for the maximum starts at 0: a window without a positive number gives 0.",
    hint="What is the maximum of -3 and -2?",
    lecture="000:783 the maximum of a window",
)
def from_zero(x, size, stride):
    return sharing(x, size, stride, lambda seen: first_of_the_largest(seen) * (seen > 0))


def largest(seen):
    """Where in each window its maximum stands, all of them."""
    return seen == seen.max(axis=(3, 5), keepdims=True)


@variant(
    "pool.ties-last",
    of=max_forward,
    kind="accept",
    says="Of several equal maxima the last one gets the gradient; here it is the first.",
    hint="Which of two equal numbers does np.argmax find?",
    lecture="000:781 strictly speaking: maximum is not a differentiable function",
)
def ties_last(x, size, stride):
    def last(seen):
        turned = seen[:, :, :, ::-1, :, ::-1]
        return first_of_the_largest(turned)[:, :, :, ::-1, :, ::-1]

    return sharing(x, size, stride, last)


@variant(
    "pool.ties-shared",
    of=max_forward,
    kind="accept",
    says="Several equal maxima share the gradient; here the first one gets it all.",
    hint="Which gradients are between those of either side?",
    lecture="000:781 strictly speaking: maximum is not a differentiable function",
)
def ties_shared(x, size, stride):
    def shared(seen):
        return largest(seen) / largest(seen).sum(axis=(3, 5), keepdims=True)

    return sharing(x, size, stride, shared)


@variant(
    "pool.ties-all",
    of=max_forward,
    kind="accept",
    says="Each of several equal maxima gets the whole gradient: together more than has arrived.",
    hint="If all four pixels of a window rise by 1, by how much does its maximum?",
    lecture="000:781 strictly speaking: maximum is not a differentiable function",
)
def ties_all(x, size, stride):
    out, cache = max_forward(x, size, stride)
    return out, cache._replace(share=1.0 * largest(patches(x, cache.rows, cache.cols)))


# ------------------------------------------------------------------ the mean


@variant(
    "pool.maximum",
    of=mean_forward,
    kind="wrong",
    says="This is max pooling: one pixel of a window decides alone.",
    hint="What part has each pixel of a window in the mean?",
    lecture="000:777 it calculates maximum or average",
)
def maximum(x, size, stride):
    return max_forward(x, size, stride)


def parts(part):
    """Pooling in which every pixel of a window has the same part, a function of size and stride."""

    def forward(x, size, stride):
        return sharing(x, size, stride, lambda seen: np.full_like(seen, part(size, stride)))

    return forward


avg_no_divide = variant(
    "avgpool.no-divide",
    of=mean_forward,
    kind="wrong",
    says="The pixels of a window are summed, not averaged.",
    hint="What is the mean of four ones?",
    lecture="000:777 maximum or average of the patch values",
)(parts(lambda size, stride: 1))

avg_side = variant(
    "avgpool.divided-by-side",
    of=mean_forward,
    kind="wrong",
    says="The sum of a window is divided by its side, not by the number of its pixels.",
    hint="How many pixels has a window of 3 x 3?",
    lecture="000:777 maximum or average of the patch values",
)(parts(lambda size, stride: 1 / size))

avg_stride = variant(
    "avgpool.divided-by-stride",
    of=mean_forward,
    kind="wrong",
    says="The sum of a window is divided by the square of the stride, not by the number of its pixels.",
    hint="How many pixels has a window of 3 x 3 at stride 2?",
    lecture="000:777 maximum or average of the patch values",
)(parts(lambda size, stride: 1 / stride**2))


# ------------------------------------------------------------------ where the windows lie, for both kinds


def for_both(id, *, says, hint, lecture=""):
    """Two variants of one mistake: the function gets the right forward of either kind as its first."""

    def make(wrong):
        def of(forward):
            marked = variant(id, of=forward, kind="wrong", says=says, hint=hint, lecture=lecture)
            return marked(lambda x, size, stride: wrong(forward, x, size, stride))

        return of(max_forward), of(mean_forward)

    return make


@for_both(
    "pool.stride-ignored",
    says="The windows lie one pixel apart: the stride only decides how many there are.",
    hint="At stride 2, at which pixel does the window of out[..., 1, 0] start?",
    lecture="002:439 non-overlapping windows",
)
def stride_ignored(forward, x, size, stride):
    _, cache = forward(x, size, stride)
    rows, cols = (np.arange(len(t))[:, np.newaxis] + np.arange(size) for t in (cache.rows, cache.cols))
    seen = patches(x, rows, cols)
    share = first_of_the_largest(seen) if forward is max_forward else cache.share
    return pooled(x, share, rows, cols)


@for_both(
    "pool.stride-one",
    says="The stride is not used: there is a window at every pixel.",
    hint="How large is the output at stride 2?",
    lecture="002:439 non-overlapping windows",
)
def stride_one(forward, x, size, stride):
    return forward(x, size, 1)[0], None


@for_both(
    "pool.stride-is-size",
    says="The stride is not used: the windows lie side by side.",
    hint="Where does the second window start if `stride` is smaller than `size`?",
    lecture="000:777 this layer works like a convolutional layer",
)
def stride_is_size(forward, x, size, stride):
    return forward(x, size, size)[0], None


@for_both(
    "pool.always-two",
    says="The windows are 2 x 2 side by side, whatever `size` and `stride` say.",
    hint="Where in your function are `size` and `stride` used?",
    lecture="002:445 the window size is set to 2 x 2",
)
def always_two(forward, x, size, stride):
    return forward(x, 2, 2)[0], None


@for_both(
    "pool.out-size",
    says="The output is one row and one column too small: the + 1 in its size is missing.",
    hint="How many windows of 2 fit side by side into 4 pixels?",
)
def out_size(forward, x, size, stride):
    height, width = x.shape[2] - size, x.shape[3] - size
    return forward(x, size, stride)[0][:, :, : height // stride, : width // stride], None


@for_both(
    "pool.ceil-floor",
    says="The size of the output is rounded up: there are windows that lie only partly on the map.",
    hint="How many whole windows of 2 fit side by side into 5 pixels?",
)
def ceil_floor(forward, x, size, stride):
    rest = [-(x.shape[i] - size) % stride for i in (2, 3)]
    wider = np.pad(x, ((0, 0), (0, 0), *((0, r) for r in rest)), constant_values=np.nan)
    _, cache = forward(wider, size, stride)
    pool = np.nanmax if forward is max_forward else np.nanmean
    return pool(patches(wider, cache.rows, cache.cols), axis=(3, 5)), None


@for_both(
    "pool.height-for-width",
    says="The height of the map is taken for its width, too.",
    hint="Which axis of x does each of your two loops over windows run along?",
)
def height_for_width(forward, x, size, stride):
    out, _ = forward(x, size, stride)
    if out.shape[2] > out.shape[3]:
        raise IndexError("a window lies beyond the right border")
    return out[..., : out.shape[2]], None


@for_both(
    "pool.across-channels",
    says="A window reaches through all channels: each channel gets the same output.",
    hint="How many channels has the output, and what does each of them know of the others?",
    lecture="000:777 this layer has no kernel",
)
def across_channels(forward, x, size, stride):
    out, _ = forward(x, size, stride)
    pool = np.max if forward is max_forward else np.mean
    return np.broadcast_to(pool(out, axis=1, keepdims=True), out.shape), None


@for_both(
    "pool.last-window",
    says="The last row and the last column of windows are left out.",
    hint="Over which windows do your loops run, and how many are there?",
)
def last_window(forward, x, size, stride):
    return leaving_out(forward(x, size, stride)[1], row=-1, col=-1)


@for_both(
    "pool.last-column",
    says="The last column of windows is left out.",
    hint="Over which columns of windows do your loops run, and how many are there?",
)
def last_column(forward, x, size, stride):
    return leaving_out(forward(x, size, stride)[1], col=-1)


@for_both(
    "pool.last-row",
    says="The last row of windows is left out.",
    hint="Over which rows of windows do your loops run, and how many are there?",
)
def last_row(forward, x, size, stride):
    return leaving_out(forward(x, size, stride)[1], row=-1)


def leaving_out(cache, row=None, col=None):
    """Pool with no share for the windows of a row and of a column."""
    share = cache.share.copy()
    if row is not None:
        share[:, :, row] = 0
    if col is not None:
        share[:, :, :, :, col] = 0
    return pooled(cache.x, share, cache.rows, cache.cols)


max_stride_ignored, mean_stride_ignored = stride_ignored
max_stride_one, mean_stride_one = stride_one
max_stride_is_size, mean_stride_is_size = stride_is_size
max_always_two, mean_always_two = always_two
max_out_size, mean_out_size = out_size
max_ceil_floor, mean_ceil_floor = ceil_floor
max_height_for_width, mean_height_for_width = height_for_width
max_across_channels, mean_across_channels = across_channels
max_last_window, mean_last_window = last_window
max_last_column, mean_last_column = last_column
max_last_row, mean_last_row = last_row


# ------------------------------------------------------------------ backward


@variant(
    "pool.overlap-assign",
    of=max_gradient,
    kind="wrong",
    says="Where windows overlap, the last one's gradient replaces the others' instead of joining them.",
    hint="A pixel is seen by several windows. What becomes of the gradient of the first of them?",
    lecture="000:574 the chain rule sums over all paths",
)
def overlap_assign(dout, cache):
    dx = np.zeros_like(cache.x)
    for i, rows in enumerate(cache.rows):
        for j, cols in enumerate(cache.cols):
            part = cache.share[:, :, i, :, j] * dout[:, :, i, j, np.newaxis, np.newaxis]
            dx[:, :, rows[:, np.newaxis], cols] = part
    return dx


@variant(
    "pool.overlap-assign-maximum",
    of=max_gradient,
    kind="wrong",
    says="A pixel that is the maximum of several windows gets the last one's gradient alone.",
    hint="A pixel may win in several windows. What becomes of the gradient of the first of them?",
    lecture="000:574 the chain rule sums over all paths",
)
def overlap_assign_maximum(dout, cache):
    dx = np.zeros_like(cache.x)
    for i, rows in enumerate(cache.rows):
        for j, cols in enumerate(cache.cols):
            here = dx[:, :, rows[:, np.newaxis], cols]
            won = cache.share[:, :, i, :, j] > 0
            part = np.where(won, dout[:, :, i, j, np.newaxis, np.newaxis], here)
            dx[:, :, rows[:, np.newaxis], cols] = part
    return dx


@variant(
    "pool.no-upstream",
    of=max_gradient,
    kind="wrong",
    says="dout is not used: the gradient is that of the plain sum of out.",
    hint="Which two factors does the chain rule multiply here?",
    lecture="000:565 each derivative is multiplied by what comes from the layers above",
)
def no_upstream(dout, cache):
    return backward(np.ones_like(dout), cache)


@variant(
    "pool.index-in-window",
    of=max_gradient,
    kind="wrong",
    says="All gradients land in the first window: a place within a window is taken for a place in the map.",
    hint="Where in x does entry (0, 1) of the second window lie?",
)
def index_in_window(dout, cache):
    rows, cols = (np.broadcast_to(t[0], t.shape) for t in (cache.rows, cache.cols))
    return backward(dout, cache._replace(rows=rows, cols=cols))


@variant(
    "pool.index-swapped",
    of=max_gradient,
    kind="wrong",
    says="Row and column of the maximum within its window are swapped.",
    hint="np.argmax counts a window row by row. Which of i // size and i % size is the row?",
)
def index_swapped(dout, cache):
    return backward(dout, cache._replace(share=cache.share.swapaxes(3, 5)))


@variant(
    "pool.whole-window",
    of=max_gradient,
    kind="wrong",
    says="Every pixel of a window gets its whole dout.",
    hint="If a pixel that isn't the maximum rises a little, what does the output do?",
    lecture="000:783 6 to 7 leaves the maximum where it is",
)
def whole_window(dout, cache):
    return backward(dout, cache._replace(share=np.ones_like(cache.share)))


@variant(
    "pool.times-maximum",
    of=max_gradient,
    kind="wrong",
    says="dout is multiplied by the maximum itself instead of by its derivative.",
    hint="8 grows to 9: by how much does the output grow?",
    lecture="000:783 8 to 9 gives 9",
)
def times_maximum(dout, cache):
    seen = patches(cache.x, cache.rows, cache.cols)
    return backward(dout, cache._replace(share=cache.share * seen))


mean_overlap_assign = Variant(overlap_assign.words, mean_gradient, overlap_assign.wrong)
mean_no_upstream = Variant(no_upstream.words, mean_gradient, no_upstream.wrong)
