"""The handout's formulas, as they stand there."""

import numpy as np


def axes_of(x):
    return (0,) if x.ndim == 2 else (0, 2, 3)


def laid(p, x):
    return p if x.ndim == 2 else p[:, None, None]


def centre_forward(x, b):
    shifted = x + laid(b, x)
    return shifted - shifted.mean(axes_of(x), keepdims=True), len(b)


def centre_backward(dout, cache):
    return dout - dout.mean(axes_of(dout), keepdims=True), np.zeros(cache)


def normalised_forward(x, w, b):
    z = x @ w + b
    mu, std = z.mean(0), z.std(0)
    out = (z - mu) / std
    return out, (x, w, out, std)


def normalised_backward(dout, cache):
    x, w, out, std = cache
    dz = (dout - dout.mean(0) - out * (dout * out).mean(0)) / std
    return dz @ w.T, x.T @ dz, dz.sum(0)


def whiten(x):
    c = x - x.mean(0)
    values, vectors = np.linalg.eigh(c.T @ c / len(x))
    return c @ (vectors @ np.diag(values**-0.5) @ vectors.T)


def identity_parameters(x, eps):
    return np.sqrt(x.var(axes_of(x)) + eps), x.mean(axes_of(x))


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    if mode == "train":
        xhat = (x - x.mean(0)) / np.sqrt(x.var(0) + eps)
        return (gamma * xhat + beta) * mask / (1 - p)
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta


def variational_forward(x, alpha, e):
    return x * (1 + np.sqrt(alpha) * e), (x, alpha, e)


def variational_backward(dout, cache):
    x, alpha, e = cache
    return dout * (1 + np.sqrt(alpha) * e), np.sum(dout * x * e, 0) / (2 * np.sqrt(alpha))
