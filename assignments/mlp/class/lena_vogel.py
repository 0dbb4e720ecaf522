from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class AffineCache:
    x: Array
    w: Array


@dataclass(frozen=True)
class MLPCache:
    first: AffineCache
    active: Array
    second: AffineCache


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, AffineCache]:
    rows = np.stack([example.ravel() for example in x])
    return np.tensordot(rows, w, axes=1) + b[None], AffineCache(x, w)


def affine_backward(dout: Array, cache: AffineCache) -> tuple[Array, Array, Array]:
    # one outer product per example, added up
    outers = (np.outer(example, g) for example, g in zip(cache.x, dout))
    dw = reduce(np.add, outers)
    dx = np.stack([(cache.w @ g).reshape(cache.x.shape[1:]) for g in dout])
    return dx, dw, reduce(np.add, dout)


def relu_forward(x: Array) -> tuple[Array, Array]:
    active = ~np.signbit(x)  # slope 1 at 0
    return np.fmax(x, 0), active


def relu_backward(dout: Array, cache: Array) -> Array:
    return np.where(cache, dout, 0)


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max())
    return e / e.sum()


def softmax_loss(z: Array, y: Array) -> tuple[float, Array]:
    """The chain rule with the full Jacobian of log softmax, row by row."""
    losses, grads = [], []
    for logits, label in zip(z, y):
        shifted = logits - logits.max()
        losses.append(np.log(np.exp(shifted).sum()) - shifted[label])
        jacobian = np.identity(len(logits)) - softmax(logits)  # d log p_i / d z_j
        grads.append(-jacobian[label] / len(z))
    return float(np.mean(losses)), np.array(grads)


def mlp_forward(x, w1, b1, w2, b2):
    a, first = affine_forward(x, w1, b1)
    h, active = relu_forward(a)
    scores, second = affine_forward(h, w2, b2)
    return scores, MLPCache(first, active, second)


def mlp_backward(dscores: Array, cache: MLPCache):
    dh, dw2, db2 = affine_backward(dscores, cache.second)
    dx, dw1, db1 = affine_backward(relu_backward(dh, cache.active), cache.first)
    return dx, dw1, db1, dw2, db2
