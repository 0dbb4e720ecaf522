"""Batch normalisation before each ReLU; at the end it is folded into the layers."""

import numpy as np

EPS = 1e-5


def normalised(a):
    mu, var = a.mean(axis=0), a.var(axis=0)
    std = np.sqrt(var + EPS)
    return (a - mu) / std, mu, std


def step(x, y, weights, gammas, betas):
    """Gradients of the mean cross-entropy, in the order of weights, gammas and betas."""
    h, caches = x, []
    for layer in range(len(gammas)):
        a = h @ weights[2 * layer] + weights[2 * layer + 1]
        xhat, _, std = normalised(a)
        out = gammas[layer] * xhat + betas[layer]
        caches.append((h, xhat, std, out))
        h = np.maximum(out, 0)
    z = h @ weights[-2] + weights[-1]
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    dweights, dgammas, dbetas = [h.T @ p, p.sum(axis=0)], [], []
    dh = p @ weights[-2].T
    for layer in reversed(range(len(gammas))):
        h, xhat, std, out = caches[layer]
        dout = dh * (out > 0)
        dgammas.insert(0, (dout * xhat).sum(axis=0))
        dbetas.insert(0, dout.sum(axis=0))
        dxhat = dout * gammas[layer]
        da = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std
        dweights[:0] = [h.T @ da, da.sum(axis=0)]
        dh = da @ weights[2 * layer].T
    return dweights, dgammas, dbetas


def folded(X, weights, gammas, betas):
    """The plain network that does the same with the statistics of X."""
    h, plain = X, []
    for layer in range(len(gammas)):
        w, b = weights[2 * layer], weights[2 * layer + 1]
        xhat, mu, std = normalised(h @ w + b)
        scale = gammas[layer] / std
        plain += [w * scale, (b - mu) * scale + betas[layer]]
        h = np.maximum(gammas[layer] * xhat + betas[layer], 0)
    return plain + [weights[-2], weights[-1]]


def fit(X, y, weights, steps, seed, batch=100, rate=0.1):
    rng = np.random.default_rng(seed)
    X = X.astype(np.float32)
    weights = [w.astype(np.float32) for w in weights]
    hidden = [len(b) for b in weights[1:-2:2]]
    gammas = [np.ones(n, np.float32) for n in hidden]
    betas = [np.zeros(n, np.float32) for n in hidden]
    order, at = rng.permutation(len(X)), 0
    for number in range(steps):
        if at + batch > len(X):
            order, at = rng.permutation(len(X)), 0
        chosen = order[at : at + batch]
        at += batch
        now = np.float32(rate * (1 - number / steps))
        grads = step(X[chosen], y[chosen], weights, gammas, betas)
        for values, slopes in zip((weights, gammas, betas), grads):
            for value, slope in zip(values, slopes):
                value -= now * slope
    return folded(X, weights, gammas, betas)
