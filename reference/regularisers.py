"""Penalties on weights: what is added to the loss so that weights stay small, or become 0.

    L2             lam sum w^2                     dw = 2 lam w                   000:1117, 001:1330, 003:195
    half L2        lam/2 sum w^2                   dw = lam w                     002:82
    L2, no square  lam sqrt(sum w^2)               dw = lam w / |w|               001:800
    L1             lam sum |w|                     dw = lam sign(w)               002:97, 003:196
    elastic net    lam (beta sum w^2 + sum |w|)    dw = lam (2 beta w + sign(w))  003:188, 003:197

w is an array of any shape, dw has that shape, lam and beta are numbers of at least 0. Sums run over all
entries, and no batch divides them: the penalty is added once to the mean over the batch. Every function
returns (penalty, dw).

Conventions: the decks square or don't, and halve or don't, so lam of one is not lam of another: half L2 with
2 lam is L2 with lam. Biases are left out (002:86, 002:103): see `of_layers`. At w = 0 the L1 penalty has a
kink, and the unsquared L2 one where all of w is 0: the subgradient is 0 there. No errors are raised.

L2 shrinks every weight in proportion, L1 by the same amount, so that small ones come to 0; L2 prefers
weights spread evenly (000:1118), L1 sparse ones (002:100).

Lectures: 000:1115-1120, 001:796-812, 001:1316-1330, 002:76-106, 003:188-197.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Scalar = np.floating[Any]
Regulariser = Callable[[Array], "tuple[Scalar, Array]"]


def l2(w: Array, lam: float) -> tuple[Scalar, Array]:
    """Penalty lam |w|^2 and dw."""
    return lam * (w**2).sum(), 2 * lam * w


def half_l2(w: Array, lam: float) -> tuple[Scalar, Array]:
    """Penalty lam/2 |w|^2 and dw: weight decay, for a step of gradient descent scales w by 1 - rate lam."""
    return lam / 2 * (w**2).sum(), lam * w


def l2_unsquared(w: Array, lam: float) -> tuple[Scalar, Array]:
    """Penalty lam |w| and dw, which always has the length lam, but for w = 0."""
    norm = np.sqrt((w**2).sum())
    return lam * norm, lam * w / (norm if norm > 0 else 1)


def l1(w: Array, lam: float) -> tuple[Scalar, Array]:
    """Penalty lam sum |w| and dw."""
    return lam * np.abs(w).sum(), lam * np.sign(w)


def elastic_net(w: Array, lam: float, beta: float) -> tuple[Scalar, Array]:
    """Penalty lam (beta |w|^2 + sum |w|) and dw; beta = 0 leaves L1."""
    return lam * (beta * (w**2).sum() + np.abs(w).sum()), lam * (2 * beta * w + np.sign(w))


def of_layers(
    regulariser: Regulariser, layers: Iterable[tuple[Array, Array]]
) -> tuple[float, list[tuple[Array, Array]]]:
    """Penalty of all layers (w, b), and for each (dw, db): the biases cost nothing, so db is 0."""
    total, gradients = 0.0, []
    for w, b in layers:
        penalty, dw = regulariser(w)
        total += float(penalty)
        gradients.append((dw, np.zeros_like(b)))
    return total, gradients
