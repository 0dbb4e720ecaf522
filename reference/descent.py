"""Gradient descent with momentum, and a network of one hidden layer of tanh that learns by it.

    v <- mu v - rate g        g the gradient of L, for each of w1, b1, w2, b2; v is 0 before the first step
    p <- p + v

    a = x w1 + b1             (N, H)    pre-activations
    h = tanh(a)               (N, H)    hidden units
    z = h w2 + b2             (N, C)    scores: logits
    L = -1/N sum_i log softmax(z_i)_y   mean cross-entropy, over the whole batch

    dz = (softmax(z) - 1{c = y}) / N    dw2 = h^T dz   (H, C)    db2 = sum_i dz_i  (C,)
    dh = dz w2^T              (N, H)
    da = dh (1 - h^2)         (N, H)    dw1 = x^T da   (D, H)    db1 = sum_i da_i  (H,)

    x (N, D),  y (N,) in {0, ..., C - 1},  w1 (D, H),  b1 (H,),  w2 (H, C),  b2 (C,)

All four gradients of a step are taken at the parameters before it. On a quadratic of curvature c the steps
converge for rates below 2 (1 + mu) / c: momentum allows larger ones.

Conventions: 001:578 and 002:262 write u <- mu u + rate g and p <- p - u, so u = -v; PyTorch v <- mu v + g and
p <- p - rate v. At a constant rate all three are one function. PyTorch's dampening, (1 - mu) g for g, is
another, and so is Nesterov's gradient (001:720). The gradient is the mean's over the batch (001:398).

Errors: ValueError where the sizes of neighbours differ, or the labels are not one for each example.

Lectures: gradient descent 001:168-188, on the whole batch 001:394-401, momentum 001:544-590, 002:250-268; one
hidden layer 001:1173-1176; the chain rule 000:565-576.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference import affine
from reference.activations import tanh_backward, tanh_forward
from reference.cross_entropy import categorical_on_logits

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


class Parameters(NamedTuple):
    """Those of the network; also their gradients and their velocities."""

    w1: Array  # (D, H)
    b1: Array  # (H,)
    w2: Array  # (H, C)
    b2: Array  # (C,)


def descend(
    x: Array,
    y: Labels,
    w1: Array,
    b1: Array,
    w2: Array,
    b2: Array,
    rate: float,
    momentum: float,
    steps: int,
) -> Parameters:
    """The parameters after so many steps on the whole batch x (N, D), y (N,)."""
    p = Parameters(w1, b1, w2, b2)
    v = Parameters(*map(np.zeros_like, p))
    for _ in range(steps):
        g = gradients(x, y, *p)
        v = Parameters(*faster(v, g, rate, momentum))
        p = Parameters(*moved(p, v))
    return p


def faster(v: Sequence[Array], g: Sequence[Array], rate: float, momentum: float) -> list[Array]:
    """The velocities of a step: of the old ones the part mu, and downhill."""
    return [momentum * v_i - rate * g_i for v_i, g_i in zip(v, g, strict=True)]


def moved(p: Sequence[Array], v: Sequence[Array]) -> list[Array]:
    """The parameters after a step."""
    return [p_i + v_i for p_i, v_i in zip(p, v, strict=True)]


def gradients(x: Array, y: Labels, w1: Array, b1: Array, w2: Array, b2: Array) -> Parameters:
    """Gradients (dw1, db1, dw2, db2) of the mean cross-entropy, shaped like what they belong to."""
    a, first = affine.forward(x, w1, b1)
    h, squashed = tanh_forward(a)
    z, second = affine.forward(h, w2, b2)
    _, dz = categorical_on_logits(z, y)
    dh, dw2, db2 = affine.backward(dz, second)
    da = tanh_backward(dh, squashed)
    _, dw1, db1 = affine.backward(da, first)
    return Parameters(dw1, db1, dw2, db2)
