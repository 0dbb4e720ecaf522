"""What a wrong prediction costs, and the empirical risk: what it costs on average.

    risk     R = 1/N sum_i l(y_i, t_i)                                    001:45, over the N examples
    squared  l = sum_d (y_d - t_d)^2           dy = 2 (y - t) / N         001:29, 001:1399, 002:28
    absolute l = sum_d |y_d - t_d|             dy = sign(y - t) / N       002:29
    0-1      l = 1{y != t}                     flat: no gradient to follow        001:25

y predictions and t targets, both (N,) or (N, D); dy as y. For the 0-1 loss both are labels (N,).

Conventions: the outputs of an example are summed and the examples averaged, as the risk has it; PyTorch's
mse_loss and l1_loss average over all N D numbers. There is no factor 1/2 in front of the square, so the
gradient has a 2. At a residual of exactly 0 the absolute loss has a kink: the subgradient is 0 there, and any
number from -1/N to 1/N is one.

Errors: ValueError if predictions and targets differ in shape: (N, 1) against (N,) would broadcast to (N, N).

Lectures: 001:13-51, 001:396-403, 001:1394-1399, 002:28-29.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]
Scalar = np.floating[Any]


def squared(y: Array, t: Array) -> tuple[Scalar, Array]:
    """Risk and dy (N, D), for predictions y (N, D) and targets t (N, D)."""
    residual = residuals(y, t)
    return empirical(residual**2), 2 * residual / len(y)


def absolute(y: Array, t: Array) -> tuple[Scalar, Array]:
    """Risk and dy (N, D), for predictions y (N, D) and targets t (N, D)."""
    residual = residuals(y, t)
    return empirical(np.abs(residual)), np.sign(residual) / len(y)


def zero_one(y: Labels, t: Labels) -> float:
    """Share of the predicted labels y (N,) that are not the right ones t (N,)."""
    if y.shape != t.shape:
        raise ValueError(f"predictions {y.shape} do not match targets {t.shape}")
    return float((y != t).mean())


def empirical(losses: Array) -> Scalar:
    """Mean over the examples of losses (N,) or (N, D), whose further axes are summed."""
    risk: Scalar = losses.reshape(len(losses), -1).sum(axis=1).mean()
    return risk


def residuals(y: Array, t: Array) -> Array:
    """Prediction less target, shaped like both."""
    if y.shape != t.shape:
        raise ValueError(f"predictions {y.shape} do not match targets {t.shape}")
    return y - t
