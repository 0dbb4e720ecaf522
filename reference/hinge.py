"""Multi-class hinge loss, as of a support vector machine: the label's score must lead by a margin of 1.

    m_ij = z_ij - z_iy + 1                                for j != y        margins
    loss = 1/N sum_i sum_{j != y} max(0, m_ij)
    dz_ij = 1{m_ij > 0} / N                               for j != y
    dz_iy = -(number of violated margins of i) / N

z (N, C) scores of any scale, y (N,) labels in {0, ..., C - 1}; dz is (N, C), and each of its rows sums to 0,
for to shift all scores of an example changes nothing. The loss is 0 where every label leads by 1 or more.

Conventions: the margin is 1, the label itself is left out of the sum (it would add 1 and no gradient), and
classes are summed, examples averaged (PyTorch's multi_margin_loss divides by C as well). At a margin of
exactly 0, where the loss has a kink, the subgradient is 0; any slope from 0 to 1 is a subgradient there.

Errors: ValueError if the labels are not one for each example, or not among the classes.

Lectures: 003:188; 002:21.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.cross_entropy import one_hot

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]
Scalar = np.floating[Any]


def multiclass(z: Array, y: Labels) -> tuple[Scalar, Array]:
    """Loss and dz (N, C), for scores z (N, C) and labels y (N,)."""
    m = margins(z, y)
    loss: Scalar = np.maximum(m, 0).sum(axis=1).mean()
    violated = (m > 0).astype(z.dtype)
    pull = violated.sum(axis=1, keepdims=True)  # every violated margin pulls on the label's score
    return loss, (violated - pull * one_hot(y, z)) / len(z)


def margins(z: Array, y: Labels) -> Array:
    """Each score less the label's, plus 1 (N, C); minus infinity at the label, which has no margin."""
    right = one_hot(y, z)
    label = z[right][:, np.newaxis]
    return np.where(right, -np.inf, z - label + 1).astype(z.dtype)
