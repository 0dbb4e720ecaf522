"""A multi-layer perceptron of any depth, plain or with batch normalisation before each ReLU.

    a_l    = h_{l-1} w_l + b_l        h_0 = x
    h_l    = max(0, BN(a_l))          hidden layers l = 1, ..., L - 1; without BN simply max(0, a_l)
    scores = h_{L-1} w_L + b_L        (N, C) logits

    weights  w_1, b_1, ..., w_L, b_L: w_l (D_{l-1}, D_l), b_l (D_l,)
    norms    gamma_1, beta_1, ..., gamma_{L-1}, beta_{L-1}: (D_l,) each; empty without normalisation

Inference with the statistics mu_l and var_l of the whole data is an affine map of a_l, so it can be folded
into the layer before it (000:1035): the folded network is a plain one.

    w_l' = w_l s_l,   b_l' = (b_l - mu_l) s_l + beta_l,   s_l = gamma_l / sqrt(var_l + eps)

The network of 001:1777 has sizes 2, 32 (17 times), 2: 17,058 parameters plain, 18,146 with normalisation.

Conventions: those of the layers. Errors: ValueError where the sizes of neighbours differ.

Lectures: 001:1777-1795, 001:1654, 000:1020-1030.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference import affine, batchnorm
from reference.activations import relu_backward, relu_forward

Array = NDArray[np.floating[Any]]
DISC = (2, *(32,) * 17, 2)


class Cache(NamedTuple):
    """What backward needs, a hidden layer after the other, and the last layer's."""

    hidden: tuple[tuple[affine.Cache, "batchnorm.Cache | None", Array], ...]
    last: affine.Cache


def count(sizes: Sequence[int], normalised: bool = False) -> int:
    """How many parameters a network of these sizes has."""
    layers = sum((d + 1) * m for d, m in pairwise(sizes))
    return layers + 2 * sum(sizes[1:-1]) * normalised


def gaussian(sizes: Sequence[int], gain: float, rng: np.random.Generator) -> list[Array]:
    """Weights drawn from N(0, gain / D_{l-1}), biases 0: gain 2 keeps the size of what ReLUs pass on."""
    weights: list[Array] = []
    for d, m in pairwise(sizes):
        weights += [rng.normal(0, np.sqrt(gain / d), (d, m)), np.zeros(m)]
    return weights


def forward(
    x: Array, weights: Sequence[Array], norms: Sequence[Array] = (), eps: float = 1e-5
) -> tuple[Array, Cache]:
    """Scores (N, C) of the examples x (N, D); normalised by this batch's statistics if there are norms."""
    hidden = []
    h = x
    for layer in range(len(weights) // 2 - 1):
        a, first = affine.forward(h, weights[2 * layer], weights[2 * layer + 1])
        norm = None
        if norms:
            a, norm = batchnorm.forward(a, norms[2 * layer], norms[2 * layer + 1], eps)
        h, relu = relu_forward(a)
        hidden.append((first, norm, relu))
    scores, last = affine.forward(h, weights[-2], weights[-1])
    return scores, Cache(tuple(hidden), last)


def backward(dscores: Array, cache: Cache) -> tuple[list[Array], list[Array]]:
    """Gradients of sum(dscores * scores): of the weights and of the norms, in their order."""
    dh, dw, db = affine.backward(dscores, cache.last)
    dweights, dnorms = [dw, db], list[Array]()
    for first, norm, relu in reversed(cache.hidden):
        da = relu_backward(dh, relu)
        if norm is not None:
            da, dgamma, dbeta = batchnorm.backward(da, norm)
            dnorms = [dgamma, dbeta, *dnorms]
        dh, dw, db = affine.backward(da, first)
        dweights = [dw, db, *dweights]
    return dweights, dnorms


def folded(x: Array, weights: Sequence[Array], norms: Sequence[Array], eps: float = 1e-5) -> list[Array]:
    """The plain network that does to any input what the normalised one does with the statistics of x."""
    plain: list[Array] = []
    _, cache = forward(x, weights, norms, eps)
    for layer, (_, norm, _) in enumerate(cache.hidden):
        w, b = weights[2 * layer], weights[2 * layer + 1]
        assert norm is not None
        scale = norms[2 * layer] * norm.inv_std[0]
        plain += [w * scale, (b - norm.mu[0]) * scale + norms[2 * layer + 1]]
    return [*plain, weights[-2], weights[-1]]
