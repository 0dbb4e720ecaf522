"""What goes wrong in a convolutional network: its layers' mistakes under their names, and a few of its own.

A layer's mistake that shows only in the shape of its output is none here: the dense layer refuses that shape.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from assignments.convolution import variants as convs
from assignments.mlp import variants as mlps
from assignments.pooling import variants as pools
from reference import affine, cnn, convolution, pooling
from reference.activations import LeakyCache, relu_backward, relu_forward, softmax_forward
from suites import Variant, variant

# ------------------------------------------------------------------ the network from layers


def network(conv=convolution.forward, relu=relu_forward, pool=pooling.max_forward, dense=affine.forward):
    """The network's forward with some layers exchanged; without a cache where one of them keeps none."""

    def forward(x, w1, b1, w2, b2, stride, pad):
        a, conv_cache = conv(x, w1, b1, stride, pad)
        h, relu_cache = relu(a)
        p, pool_cache = pool(h, 2, 2)
        scores, dense_cache = dense(p, w2, b2)
        caches = conv_cache, relu_cache, pool_cache, dense_cache
        return scores, None if any(c is None for c in caches) else cnn.Cache(*caches)

    return forward


def gradients(conv=convolution.backward, relu=relu_backward, pool=pooling.backward, dense=affine.backward):
    """The network's backward with some layers exchanged."""

    def backward(dscores, cache):
        dp, dw2, db2 = dense(dscores, cache.dense)
        dx, dw1, db1 = conv(relu(pool(dp, cache.pool), cache.relu), cache.conv)
        return dx, dw1, db1, dw2, db2

    return backward


# ------------------------------------------------------------------ its own


@variant(
    "cnn.no-relu",
    of=cnn.forward,
    kind="wrong",
    says="The ReLU after the convolution is left out here.",
    hint="A pixel of a map is -3. What does ReLU send on, and what comes back through it?",
    lecture="002:403 after convolution we apply non-linearity",
)
def no_relu(x, w1, b1, w2, b2, stride, pad):
    return network(relu=lambda a: (a, None))(x, w1, b1, w2, b2, stride, pad)


NO_MASK = {
    "of": cnn.backward,
    "kind": "wrong",
    "says": "The backward leaves the ReLU out: the gradient also passes where a map was cut off.",
    "hint": "A pixel of a map is -3 before the ReLU. How do the scores change when it moves a little?",
    "lecture": "001:941 the derivative of ReLU",
}


def unmasked(share_of):
    """The gradients without ReLU's; it matters who gets the gradient of a window that holds only zeros."""

    def pool(dout, cache):
        return pooling.backward(dout, cache._replace(share=share_of(cache)))

    return gradients(relu=lambda dout, a: dout, pool=pool)


def largest(cache):
    """Where the maxima of each window are, all of them."""
    return pools.largest(convolution.patches(cache.x, cache.rows, cache.cols))


def shared(cache):
    """All maxima of a window in equal parts."""
    return largest(cache) / largest(cache).sum(axis=(3, 5), keepdims=True)


no_relu_mask = variant("cnn.no-relu-mask", **NO_MASK)(unmasked(lambda cache: cache.share))
no_relu_mask_ties = variant("cnn.no-relu-mask-ties", **NO_MASK)(unmasked(largest))


@variant("cnn.no-relu-mask-shared", **NO_MASK)
def no_relu_mask_shared(dscores, cache):
    _, _, db1, _, _ = cnn.backward(dscores, cache)  # without a mask it doesn't matter who gets it
    dx, dw1, _, dw2, db2 = unmasked(shared)(dscores, cache)
    return dx, dw1, db1, dw2, db2


@variant(
    "cnn.flatten-order",
    of=cnn.forward,
    kind="wrong",
    says="A pooled image is flattened in another order: the channel runs fastest.",
    hint="Which pixel and which channel does the second row of w2 belong to?",
    lecture="002:454 flattening the feature map",
)
def flatten_order(x, w1, b1, w2, b2, stride, pad):
    def dense(p, w, b):
        order = np.arange(p[0].size).reshape(p.shape[2], p.shape[3], p.shape[1]).transpose(2, 0, 1).ravel()
        return affine.forward(p, w[order], b)

    return network(dense=dense)(x, w1, b1, w2, b2, stride, pad)


@variant(
    "cnn.no-output-bias",
    of=cnn.forward,
    kind="wrong",
    says="b2 is not added to the scores.",
    hint="What are the scores where every pixel of every map is off?",
    lecture="001:1185 z^o = W^o h + b^o",
)
def no_output_bias(x, w1, b1, w2, b2, stride, pad):
    return cnn.forward(x, w1, b1, w2, 0 * b2, stride, pad)


@variant(
    "cnn.relu-on-scores",
    of=cnn.forward,
    kind="wrong",
    says="The scores go through a ReLU, too.",
    hint="May a score be negative? What would softmax do with a row of zeros?",
    lecture="001:1276 the pre-activation vector is often called the logits",
)
def relu_on_scores(x, w1, b1, w2, b2, stride, pad):
    return np.maximum(cnn.forward(x, w1, b1, w2, b2, stride, pad)[0], 0), None


@variant(
    "cnn.softmax-on-scores",
    of=cnn.forward,
    kind="wrong",
    says="The network ends in a softmax of its own.",
    hint="What does the loss do to the scores first?",
    lecture="001:1230 torch.nn.Softmax() at the end of a network",
)
def softmax_on_scores(x, w1, b1, w2, b2, stride, pad):
    return softmax_forward(cnn.forward(x, w1, b1, w2, b2, stride, pad)[0])[0], None


# ------------------------------------------------------------------ those of its layers

FORWARD = {
    "conv": (
        *(
            convs.true_convolution,
            convs.stride_ignored,
            convs.last_window,
            convs.pad_all_axes,
            convs.pad_edge,
        ),
        *(convs.no_bias, convs.bias_in_every_channel, convs.one_channel, convs.mean_for_sum),
        *(convs.im2col_order, convs.kernel_transposed, convs.im2col_output_order),
    ),
    "relu": (mlps.relu_leaky, mlps.relu_absolute, mlps.relu_step, mlps.relu_below_zero),
    "pool": (
        *(pools.average, pools.minimum, pools.max_stride_ignored, pools.max_across_channels),
        *(pools.max_last_window, pools.max_last_column, pools.max_last_row),
    ),
    "dense": (mlps.affine_rows_mixed,),
}

BACKWARD = {
    "conv": (
        *(convs.crop_shift, convs.not_cropped, convs.crop_empty, convs.col2im_assign, convs.dx_overwrite),
        *(convs.skip_last_column, convs.skip_last_row, convs.border_entry, convs.no_upstream, convs.over_n),
        *(convs.dw_overwrite, convs.dw_unshifted),
        *(convs.db_mean, convs.db_no_spatial, convs.db_no_batch, convs.db_total),
    ),
    "relu": (mlps.relu_output_for_derivative, mlps.relu_inverted_mask, mlps.relu_mask_of_dout),
    "pool": (pools.no_upstream, pools.index_in_window, pools.index_swapped, pools.whole_window),
    "dense": (
        *(mlps.affine_dw_over_n, mlps.affine_db_mean, mlps.affine_db_axis),
        *(mlps.affine_db_total, mlps.affine_db_not_summed),
    ),
}


def in_forward(name, v):
    """The network's forward with a layer's mistake in it, under the same name."""
    if name == "relu":  # its cache is another than the network's
        return Variant(v.words, cnn.forward, network(relu=lambda a: (v.wrong(a)[0], None)))
    return Variant(v.words, cnn.forward, network(**{name: v.wrong}))


def in_backward(name, v):
    """The network's backward with a layer's mistake in it, under the same name."""
    if name == "relu":  # its cache there holds a slope, too
        return Variant(v.words, cnn.backward, gradients(relu=lambda d, a: v.wrong(d, LeakyCache(a, 0.0))))
    return Variant(v.words, cnn.backward, gradients(**{name: v.wrong}))


variants = (
    *(no_relu, no_relu_mask, no_relu_mask_ties, no_relu_mask_shared),
    *(flatten_order, no_output_bias, relu_on_scores, softmax_on_scores),
    *(in_forward(name, v) for name, several in FORWARD.items() for v in several),
    *(in_backward(name, v) for name, several in BACKWARD.items() for v in several),
)
