"""Negative log likelihood of a target under a Gaussian, or a mixture of them, that the network predicts.

Heteroscedastic: mu (N, D) means, s (N, D) log-variances, t (N, D) targets; e = (t - mu) exp(-s/2).

    loss = 1/N sum_i sum_d 1/2 [log 2 pi + s + e^2]
    dmu  = -exp(-s) (t - mu) / N
    ds   = 1/2 (1 - e^2) / N

Mixture density network: a (N, K) logits of the weights, mu (N, K, D), s (N, K), t (N, D). Component k has
the covariance exp(s_k) I; e2_k = |t - mu_k|^2 exp(-s_k).

    log q_k = log softmax(a)_k - 1/2 [D log 2 pi + D s_k + e2_k]         density of t in k, times its weight
    loss    = -1/N sum_i log sum_k q_k
    r_k     = q_k / sum_k q_k                                            responsibility of k for t
    da      = (softmax(a) - r) / N
    dmu_k   = -r_k exp(-s_k) (t - mu_k) / N
    ds_k    = 1/2 r_k (D - e2_k) / N

Conventions: variances are given by their logarithm, so that any real number will do; the constant
1/2 log 2 pi is kept (PyTorch's gaussian_nll_loss leaves it out, and averages over D too); examples are
averaged. With all variances fixed the loss is half the squared loss, scaled and shifted. A target far from
every mean costs its distance: nothing is exponentiated before the largest log q is taken off.

Errors: ValueError if the shapes do not fit each other.

Lectures: 001:1393-1404 (names both, without formulas); Nix and Weigend 1994, Bishop 1994.
"""

from math import log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.cross_entropy import log_softmax

Array = NDArray[np.floating[Any]]
Scalar = np.floating[Any]


def heteroscedastic(mu: Array, s: Array, t: Array) -> tuple[Scalar, Array, Array]:
    """Loss, dmu and ds (N, D), for means mu, log-variances s and targets t, all (N, D)."""
    if not mu.shape == s.shape == t.shape:
        raise ValueError(f"means {mu.shape}, log-variances {s.shape} and targets {t.shape} do not match")
    residual = t - mu
    precision = np.exp(-s)
    e2 = residual**2 * precision
    loss: Scalar = (0.5 * (log(2 * pi) + s + e2)).sum(axis=1).mean()
    return loss, -precision * residual / len(mu), 0.5 * (1 - e2) / len(mu)


def mixture(a: Array, mu: Array, s: Array, t: Array) -> tuple[Scalar, Array, Array, Array]:
    """Loss, da (N, K), dmu (N, K, D) and ds (N, K), for a (N, K), mu (N, K, D), s (N, K) and t (N, D)."""
    (n, d), k = t.shape, a.shape[1]
    if a.shape != s.shape or mu.shape != (n, k, d):
        raise ValueError(f"weights {a.shape}, means {mu.shape}, log-variances {s.shape}: targets {t.shape}")
    residual = t[:, np.newaxis, :] - mu
    precision = np.exp(-s)
    e2 = (residual**2).sum(axis=2) * precision
    log_weight = log_softmax(a)
    log_q = log_weight - 0.5 * (d * log(2 * pi) + d * s + e2)
    r = np.exp(log_softmax(log_q))
    loss: Scalar = -log_sum_exp(log_q).mean()
    da = (np.exp(log_weight) - r) / n
    dmu = -(r * precision)[:, :, np.newaxis] * residual / n
    return loss, da, dmu, 0.5 * r * (d - e2) / n


def log_sum_exp(z: Array) -> Array:
    """Logarithm of sum_k exp(z_k) (N,), for z (N, K), finite even where every exp rounds to 0."""
    largest: Array = z.max(axis=1)
    total: Array = np.exp(z - largest[:, np.newaxis]).sum(axis=1)
    summed: Array = largest + np.log(total)
    return summed
