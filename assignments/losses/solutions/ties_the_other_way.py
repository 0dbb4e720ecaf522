"""Sorted scores, masks with >=, signs by np.where: other answers where a loss has a kink or scores tie."""
import numpy as np
from numpy import newaxis


def _softplus(x):
    return np.where(x > 0, x + np.log1p(np.exp(-abs(x))), np.log1p(np.exp(-abs(x))))


def _lse(x):
    top = np.amax(x, -1)
    return top + np.log(np.sum(np.exp(x - top[..., newaxis]), -1))


def binary_cross_entropy(z, y):
    loss = (y * _softplus(-z) + (1 - y) * _softplus(z)).mean()
    p = 0.5 * (1 + np.tanh(0.5 * z))
    return loss, (p - y) / len(y)


def svm_loss(z, y):
    rows = np.arange(len(y))
    margins = z - z[rows, y][:, newaxis] + 1
    mask = (margins >= 0).astype(float)
    mask[rows, y] = 0
    loss = np.sum(mask * margins) / len(y)
    mask[rows, y] = -np.sum(mask, axis=1)
    return loss, mask / len(y)


def squared_loss(y, t):
    e = y - t
    return np.einsum("nd,nd->", e, e) / len(e), (e + e) / len(e)


def absolute_loss(y, t):
    sign = np.where(y > t, 1.0, -1.0)
    return (sign * (y - t)).sum(1).mean(0), sign / len(y)


def zero_one_loss(y, t):
    return 1.0 - (y == t).mean()


def top_k_error(scores, y, k):
    best = np.argsort(scores, axis=1, kind="stable")[:, -k:]
    hit = np.any(best == y[:, newaxis], axis=1)
    return 1 - hit.mean()


def gaussian_nll(mu, s, t):
    n = mu.shape[0]
    precision = np.exp(-s)
    loss = -np.sum(0.5 * np.log(precision / (2 * np.pi)) - 0.5 * precision * (t - mu) ** 2) / n
    return loss, precision * (mu - t) / n, (0.5 - 0.5 * precision * (t - mu) ** 2) / n


def mixture_nll(a, mu, s, t):
    n, k, d = mu.shape
    prior = a - _lse(a)[:, newaxis]
    diff = t[:, newaxis, :] - mu
    var = np.exp(s)[:, :, newaxis]
    joint = prior + np.sum(-0.5 * diff**2 / var - 0.5 * np.log(2 * np.pi) - 0.5 * np.log(var), axis=2)
    evidence = _lse(joint)
    post = np.exp(joint - evidence[:, newaxis])
    dmu = -post[:, :, newaxis] * diff / var
    ds = post * np.sum(0.5 - 0.5 * diff**2 / var, axis=2)
    return -np.mean(evidence), (np.exp(prior) - post) / n, dmu / n, ds / n


def l2_penalty(w, b, lam):
    return lam * (w.ravel() @ w.ravel()), lam * (w + w)


def elastic_net(w, b, lam, beta):
    sign = np.where(w >= 0, 1.0, -1.0)
    return lam * np.sum(beta * w**2 + sign * w), lam * (2 * beta * w + sign)
