"""Cross-entropy, or negative log likelihood: how surprised a model is by the right label.

Binary: z (N,) logits, p = sigmoid(z) the probability of label 1, y (N,) in {0, 1}, s = 2y - 1 in {-1, 1}.

    loss = -1/N sum_i [y log p + (1 - y) log(1 - p)]
         = -1/N sum_i log q,          q = p if y = 1 else 1 - p       dp = -s / (N q)
         =  1/N sum_i log(1 + exp(-s z))                              dz = (p - y) / N = -s sigmoid(-s z) / N

Categorical: z (N, C) logits, p = softmax(z) the probabilities, y (N,) in {0, ..., C - 1}.

    loss = -1/N sum_i log p_iy                                        dp = -1{c = y} / (N p)
                                                                      dlogp = -1{c = y} / N
    log p = z - log sum_c exp(z_c)                                    dz = (p - 1{c = y}) / N

Every function returns (loss, gradient), the gradient with respect to its first argument and in its shape.

Conventions: loss and gradient are the mean over the batch (001:1316); 000:563 sums, which is N times as much.
A function on probabilities takes them as they are and clamps nothing (PyTorch's binary one stops the
logarithm at -100): a right label of probability 0 costs infinitely much. A function on logits applies sigmoid
or softmax itself, and stays finite where the probability rounds to 0; in front of it the network must not end
in a softmax of its own, or it is applied twice (001:1230).

Errors: ValueError if the labels are not one for each example, or not among the classes.

Lectures: 001:1286-1328 (1314 has lost its logarithm), 001:1383-1390, 002:20.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.activations import sigmoid_forward

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]
Scalar = np.floating[Any]


def binary_on_probabilities(p: Array, y: Labels) -> tuple[Scalar, Array]:
    """Loss and dp (N,), for the probabilities p (N,) of label 1 and labels y (N,)."""
    s = signs(y, p)
    q = np.where(s > 0, p, 1 - p)
    with np.errstate(divide="ignore"):  # q = 0 is no accident: the loss is infinite
        return -np.log(q).mean(), -s / (len(p) * q)


def binary_on_logits(z: Array, y: Labels) -> tuple[Scalar, Array]:
    """Loss and dz (N,), for logits z (N,) and labels y (N,)."""
    s = signs(y, z)
    loss = np.logaddexp(0, -s * z).mean()  # log(exp(0) + exp(-s z))
    wrong, _ = sigmoid_forward(-s * z)  # the probability of the other label: p - y without cancellation
    return loss, -s * wrong / len(z)


def categorical_on_probabilities(p: Array, y: Labels) -> tuple[Scalar, Array]:
    """Loss and dp (N, C), for probabilities p (N, C) and labels y (N,)."""
    right = one_hot(y, p)
    with np.errstate(divide="ignore"):  # p = 0 is no accident: the loss is infinite
        return -np.log(p[right]).mean(), np.where(right, -1 / (len(p) * p), 0)


def categorical_on_log_probabilities(logp: Array, y: Labels) -> tuple[Scalar, Array]:
    """Loss and dlogp (N, C), for log-probabilities logp (N, C) and labels y (N,)."""
    right = one_hot(y, logp)
    return -logp[right].mean(), -right.astype(logp.dtype) / len(logp)


def categorical_on_logits(z: Array, y: Labels) -> tuple[Scalar, Array]:
    """Loss and dz (N, C), for logits z (N, C) and labels y (N,). Each row of dz sums to 0."""
    right = one_hot(y, z)
    logp = log_softmax(z)
    return -logp[right].mean(), (np.exp(logp) - right) / len(z)


def log_softmax(z: Array) -> Array:
    """Logarithm of softmax(z) (N, C), finite even where softmax(z) itself rounds to 0."""
    z = z - z.max(axis=1, keepdims=True)  # softmax(z + c) = softmax(z), so the largest may be 0
    total: Array = np.exp(z).sum(axis=1, keepdims=True)
    return z - np.log(total)


def signs(y: Labels, like: Array) -> Array:
    """Labels (N,) in {0, 1} as s (N,) in {-1, 1}."""
    check_labels(y, like.shape, 2)
    return 2 * y.astype(like.dtype) - 1


def one_hot(y: Labels, like: Array) -> NDArray[np.bool_]:
    """Labels (N,) as 1{c = y} (N, C)."""
    n, classes = like.shape
    check_labels(y, (n,), classes)
    right: NDArray[np.bool_] = y[:, np.newaxis] == np.arange(classes)
    return right


def check_labels(y: Labels, shape: tuple[int, ...], classes: int) -> None:
    """Raise ValueError unless y has this shape and its labels are 0, ..., classes - 1.

    Without it (N, 1) would broadcast against (N,), and -1 would count from the last class.
    """
    if y.shape != shape:
        raise ValueError(f"labels {y.shape} do not match examples {shape}")
    if not ((y >= 0) & (y < classes)).all():
        raise ValueError(f"labels must be in 0, ..., {classes - 1}")
