"""The basic convolutional network: convolution, ReLU, max pooling, flatten, dense.

    a      = conv(x, w1, b1)       (N, F, H', W')   pre-activations
    h      = max(0, a)             (N, F, H', W')   feature maps
    p      = maxpool(h)            (N, F, H'', W'') the largest of each 2 x 2, H'' = floor(H' / 2)
    scores = flatten(p) w2 + b2    (N, M)           logits: the loss applies softmax, not the network

    dp, dw2, db2 of the dense layer, dp shaped like p again;  dh of the pooling;  da = dh 1{a > 0};
    dx, dw1, db1 of the convolution

    x (N, C, H, W),  w1 (F, C, K, L),  b1 (F,),  w2 (D, M) with D = F H'' W'',  b2 (M,),  dscores (N, M)

Conventions: those of the layers (reference/convolution.py, pooling.py, activations.py, affine.py). An example
is flattened with its channel running slowest and its column fastest, NumPy's own order. Max pooling and ReLU
may change places: the maximum of what is cut off at 0 is the maximum, cut off at 0.

Errors: ValueError where sizes don't fit.

Lectures: 002:450-456 and 463, 000:805; the dense layer is 001:743.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference import affine, convolution, pooling
from reference.activations import relu_backward, relu_forward

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What each layer's backward needs."""

    conv: convolution.Cache
    relu: Array  # a (N, F, H', W')
    pool: pooling.Cache
    dense: affine.Cache


def forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, stride: int = 1, pad: int = 0
) -> tuple[Array, Cache]:
    """Scores (N, M) of the images x (N, C, H, W); stride and pad are the convolution's."""
    a, conv = convolution.forward(x, w1, b1, stride, pad)
    h, relu = relu_forward(a)
    p, pool = pooling.max_forward(h, size=2, stride=2)
    scores, dense = affine.forward(p, w2, b2)  # lays each example out as one row: flatten
    return scores, Cache(conv, relu, pool, dense)


def backward(dscores: Array, cache: Cache) -> tuple[Array, Array, Array, Array, Array]:
    """Gradients (dx, dw1, db1, dw2, db2) of sum(dscores * scores), shaped like what they belong to."""
    dp, dw2, db2 = affine.backward(dscores, cache.dense)
    dh = pooling.backward(dp, cache.pool)
    da = relu_backward(dh, cache.relu)
    dx, dw1, db1 = convolution.backward(da, cache.conv)
    return dx, dw1, db1, dw2, db2
