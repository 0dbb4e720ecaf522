"""Everything in float32, whatever comes in."""
import numpy as np


def f32(*arrays):
    return [np.asarray(a, dtype=np.float32) for a in arrays]


def log_softmax(x):
    x = x - x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def binary_cross_entropy(z, y):
    z, s = f32(z, 2 * y - 1)
    two = np.stack([np.zeros_like(z), -s * z], axis=1)
    return np.logaddexp(two[:, 0], two[:, 1]).mean(), -s * np.exp(log_softmax(two))[:, 1] / np.float32(len(z))


def svm_loss(z, y):
    (z,) = f32(z)
    n, c = z.shape
    wrong = np.arange(c) != y[:, None]
    m = np.where(wrong, z - np.take_along_axis(z, y[:, None], 1) + 1, np.float32(0))
    up = (m > 0).astype(np.float32)
    return np.maximum(m, 0).sum() / n, (up - ~wrong * up.sum(1, keepdims=True)) / np.float32(n)


def squared_loss(y, t):
    y, t = f32(y, t)
    return ((y - t) ** 2).sum(1).mean(), 2 * (y - t) / np.float32(len(y))


def absolute_loss(y, t):
    y, t = f32(y, t)
    return np.abs(y - t).sum(1).mean(), np.sign(y - t) / np.float32(len(y))


def zero_one_loss(y, t):
    return np.float32((y != t).mean())


def top_k_error(scores, y, k):
    order = np.argsort(-scores, axis=1, kind="stable")
    place = np.argmax(order == y[:, None], axis=1)
    return (place >= k).mean(dtype=np.float32)


def gaussian_nll(mu, s, t):
    mu, s, t = f32(mu, s, t)
    n = np.float32(len(mu))
    z = (t - mu) * np.exp(-s / 2)
    loss = (0.5 * z**2 + 0.5 * s + np.float32(0.5 * np.log(2 * np.pi))).sum() / n
    return loss, -z * np.exp(-s / 2) / n, 0.5 * (1 - z**2) / n


def mixture_nll(a, mu, s, t):
    a, mu, s, t = f32(a, mu, s, t)
    n, d = t.shape
    diff = t[:, None] - mu
    e2 = (diff**2).sum(2) * np.exp(-s)
    logpi = log_softmax(a)
    logq = logpi - 0.5 * (d * s + e2 + np.float32(d * np.log(2 * np.pi)))
    logr = log_softmax(logq)
    r = np.exp(logr)
    loss = -(logq - logr)[:, 0].mean()
    return loss, (np.exp(logpi) - r) / n, -(r * np.exp(-s))[:, :, None] * diff / n, r * (d - e2) / 2 / n


def l2_penalty(w, b, lam):
    (w,) = f32(w)
    return np.float32(lam) * (w**2).sum(), np.float32(2 * lam) * w


def elastic_net(w, b, lam, beta):
    (w,) = f32(w)
    lam, beta = np.float32(lam), np.float32(beta)
    return lam * (beta * (w**2).sum() + np.abs(w).sum()), lam * (2 * beta * w + np.sign(w))
