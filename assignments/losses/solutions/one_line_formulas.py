import numpy as np

LOG2PI = np.log(2 * np.pi)


def logsumexp(a, axis):
    m = a.max(axis=axis, keepdims=True)
    return m + np.log(np.exp(a - m).sum(axis=axis, keepdims=True))


def binary_cross_entropy(z, y):
    loss = np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    return loss, (p - y) / z.size


def svm_loss(z, y):
    n = z.shape[0]
    correct = z[np.arange(n), y]
    margins = np.maximum(0, z - correct[:, None] + 1.0)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n
    dz = (margins > 0).astype(z.dtype)
    dz[np.arange(n), y] -= dz.sum(axis=1)
    return loss, dz / n


def squared_loss(y, t):
    return np.sum((y - t) ** 2) / len(y), 2 * (y - t) / len(y)


def absolute_loss(y, t):
    return np.sum(np.abs(y - t)) / len(y), np.sign(y - t) / len(y)


def zero_one_loss(y, t):
    return np.mean(y != t)


def top_k_error(scores, y, k):
    label = scores[np.arange(len(y)), y]
    return np.mean((scores > label[:, None]).sum(axis=1) >= k)


def gaussian_nll(mu, s, t):
    n = len(mu)
    e2 = (t - mu) ** 2 / np.exp(s)
    return 0.5 * np.sum(LOG2PI + s + e2) / n, (mu - t) / np.exp(s) / n, 0.5 * (1 - e2) / n


def mixture_nll(a, mu, s, t):
    n, d = t.shape
    diff = mu - t[:, None]
    e2 = np.einsum("nkd,nkd->nk", diff, diff) * np.exp(-s)
    logpi = a - logsumexp(a, 1)
    logq = logpi - 0.5 * (d * (LOG2PI + s) + e2)
    lse = logsumexp(logq, 1)
    r = np.exp(logq - lse)
    return (
        -lse.mean(),
        (np.exp(logpi) - r) / n,
        np.einsum("nk,nkd->nkd", r * np.exp(-s), diff) / n,
        r * (d - e2) / (2 * n),
    )


def l2_penalty(w, b, lam):
    return lam * np.sum(w * w), 2 * lam * w


def elastic_net(w, b, lam, beta):
    return lam * (beta * np.sum(w * w) + np.sum(np.abs(w))), lam * (2 * beta * w + np.sign(w))
