"""A multi-layer perceptron with one hidden layer: affine, ReLU, affine.

    a      = x w1 + b1          (N, H)    pre-activations
    h      = max(0, a)          (N, H)    hidden units
    scores = h w2 + b2          (N, C)    logits: the loss applies softmax, not the network

    dh = dscores w2^T           (N, H)    dw2 = h^T dscores   (H, C)    db2 = sum_i dscores_i  (C,)
    da = dh 1{a > 0}            (N, H)    dw1 = x^T da        (D, H)    db1 = sum_i da_i       (H,)
    dx = da w1^T                (N, D)

    x (N, D),  w1 (D, H),  b1 (H,),  w2 (H, C),  b2 (C,),  dscores (N, C)

The chain rule goes back through the layers in the opposite order, each with its own cache. As in
reference/affine.py an example may have any shape, which is laid out as one row; dx has the shape of x.

Conventions: those of the layers. ReLU'(0) is 0, and nothing is divided by N: that is the loss's affair.

Errors: ValueError where the sizes of neighbours differ.

Lectures: layers in series 001:749-760, one hidden layer 001:1173-1176; the chain rule 000:565-576.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference import affine
from reference.activations import relu_backward, relu_forward

Array = NDArray[np.floating[Any]]


class Cache(NamedTuple):
    """What each layer's backward needs."""

    first: affine.Cache  # x and w1
    relu: Array  # a (N, H)
    second: affine.Cache  # h and w2


def forward(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Cache]:
    """Scores (N, C) of the examples x (N, D)."""
    a, first = affine.forward(x, w1, b1)
    h, relu = relu_forward(a)
    scores, second = affine.forward(h, w2, b2)
    return scores, Cache(first, relu, second)


def backward(dscores: Array, cache: Cache) -> tuple[Array, Array, Array, Array, Array]:
    """Gradients (dx, dw1, db1, dw2, db2) of sum(dscores * scores), shaped like what they belong to."""
    dh, dw2, db2 = affine.backward(dscores, cache.second)
    da = relu_backward(dh, cache.relu)
    dx, dw1, db1 = affine.backward(da, cache.first)
    return dx, dw1, db1, dw2, db2
