"""Activations: what a neuron does with its sum, element by element, and softmax, which couples a row.

    sigmoid(x)    = 1 / (1 + exp(-x))                      sigmoid' = out (1 - out) <= 1/4
    tanh(x)       = (exp(2x) - 1) / (exp(2x) + 1)          tanh'    = 1 - out^2
    relu(x)       = max(0, x)                              relu'    = 1 if x > 0 else 0
    leaky_relu(x) = x if x > 0 else slope x                leaky'   = 1 if x > 0 else slope
    softmax(x)_i  = exp(x_i) / sum_j exp(x_j)              d softmax_i / d x_j = p_i (1{i = j} - p_j)

x and dout have any one shape, and so have out and dx; softmax runs over the last axis.

Conventions: at x = 0, where ReLU has no derivative, it is taken as 0, and that of the leaky ReLU as its
slope. The slope is 0.01 unless given; lecture 001 uses 0.1.

The slides' formulas for sigmoid, tanh and softmax overflow for large |x|: exp(1000) is infinite. 1/inf is 0,
so the sigmoid is right all the same; inf/inf is no number. Here no exponent is positive. No errors raised.

Lectures: 001:1239-1272; sigmoid and its bound 001:912-914, ReLU 001:935-945, leaky ReLU 001:960-962.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class LeakyCache(NamedTuple):
    """What the leaky ReLU's backward needs."""

    x: Array  # as given
    slope: float


def sigmoid_forward(x: Array) -> tuple[Array, Array]:
    """Squash x into [0, 1]; the cache is out."""
    e = np.exp(-np.abs(x))
    out = np.where(x < 0, e, 1) / (1 + e)  # for x < 0 the fraction is expanded by exp(x)
    return out, out


def sigmoid_backward(dout: Array, cache: Array) -> Array:
    """Gradient dx; the formula is in the output, not in x."""
    out = cache
    return dout * out * (1 - out)


def tanh_forward(x: Array) -> tuple[Array, Array]:
    """Squash x into [-1, 1]; the cache is out."""
    out = np.tanh(x)
    return out, out


def tanh_backward(dout: Array, cache: Array) -> Array:
    """Gradient dx; the formula is in the output, not in x."""
    out = cache
    return dout * (1 - out**2)


def relu_forward(x: Array) -> tuple[Array, Array]:
    """Cut x off below 0; the cache is x."""
    return np.maximum(x, 0), x


def relu_backward(dout: Array, cache: Array) -> Array:
    """Gradient dx; it passes where x > 0 and stops elsewhere, at 0 too."""
    x = cache
    return dout * (x > 0)


def leaky_relu_forward(x: Array, slope: float = 0.01) -> tuple[Array, LeakyCache]:
    """Scale x by slope where it is not positive; the slide's max(slope x, x) for 0 <= slope <= 1."""
    return np.where(x > 0, x, slope * x), LeakyCache(x, slope)


def leaky_relu_backward(dout: Array, cache: LeakyCache) -> Array:
    """Gradient dx; where x <= 0 it passes scaled by slope."""
    x, slope = cache
    return np.where(x > 0, dout, slope * dout)


def softmax_forward(x: Array) -> tuple[Array, Array]:
    """Turn each row x (..., C) into probabilities p (..., C); the cache is p."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))  # softmax(x + c) = softmax(x), so the largest may be 0
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


def softmax_backward(dout: Array, cache: Array) -> Array:
    """Gradient dx = J dout; J is symmetric, and written out it needs no C x C matrix. Its rows sum to 0."""
    p = cache
    expected: Array = (dout * p).sum(axis=-1, keepdims=True)  # sum_j p_j dout_j
    return p * (dout - expected)
