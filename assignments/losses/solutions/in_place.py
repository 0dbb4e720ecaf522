"""One-hot labels, arrays that are overwritten, and the loss of each example before the mean."""
import numpy as np


def one_hot(y, c):
    return np.eye(c)[y]


def binary_cross_entropy(z, y):
    s = 2.0 * y - 1
    z *= -s
    losses = np.logaddexp(0, z)
    np.clip(z, -700, 700, out=z)
    z[:] = 1 / (1 + np.exp(-z))
    z *= -s / len(s)
    return losses.mean(), z


def svm_loss(z, y):
    hot = one_hot(y, z.shape[1])
    z -= (z * hot).sum(axis=1, keepdims=True) - 1
    z *= 1 - hot
    z[z < 0] = 0
    loss = z.sum(axis=1).mean()
    z[z > 0] = 1
    z -= hot * z.sum(axis=1, keepdims=True)
    z /= len(y)
    return loss, z


def squared_loss(y, t):
    y -= t
    losses = np.square(y).sum(axis=-1)
    y *= 2 / len(t)
    return losses.mean(), y


def absolute_loss(y, t):
    y -= t
    losses = np.linalg.norm(y, 1, axis=-1)
    y[y > 0] = 1 / len(t)
    y[y < 0] = -1 / len(t)
    return losses.mean(), y


def zero_one_loss(y, t):
    return 1 - np.equal(y, t).sum() / t.shape[0]


def top_k_error(scores, y, k):
    scores -= (scores * one_hot(y, scores.shape[1])).sum(axis=1, keepdims=True)
    return np.count_nonzero((scores > 0).sum(axis=1) >= k) / len(y)


def gaussian_nll(mu, s, t):
    n = len(t)
    std = np.exp(s / 2)
    t -= mu
    t /= std
    losses = (np.log(std) + 0.5 * t**2 + 0.5 * np.log(2 * np.pi)).sum(axis=1)
    return losses.mean(), -t / std / n, (1 - t**2) / (2 * n)


def mixture_nll(a, mu, s, t):
    n, d = t.shape
    var = np.exp(s)
    a -= a.max(axis=1, keepdims=True)
    a -= np.log(np.exp(a).sum(axis=1, keepdims=True))
    mu -= t[:, None, :]
    e2 = (mu**2).sum(axis=-1) / var
    q = a - 0.5 * (e2 + d * np.log(2 * np.pi * var))
    loss = -np.logaddexp.reduce(q, axis=1)
    q += loss[:, None]
    r = np.exp(q)
    mu *= (r / var)[..., None] / n
    return loss.mean(), (np.exp(a) - r) / n, mu, r * (d - e2) / 2 / n


def l2_penalty(w, b, lam):
    penalty = lam * np.linalg.norm(w) ** 2
    w *= 2 * lam
    return penalty, w


def elastic_net(w, b, lam, beta):
    penalty = lam * beta * np.vdot(w, w) + lam * np.abs(w).sum()
    sign = np.sign(w)
    w *= 2 * lam * beta
    w += lam * sign
    return penalty, w
