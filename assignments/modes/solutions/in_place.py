"""Arguments and caches are changed in place, and parameters come back as (1, D)."""

import numpy as np


def mean(x):
    return x.mean(axis=0 if x.ndim == 2 else (0, 2, 3), keepdims=True)


def centre_forward(x, b):
    x += b if x.ndim == 2 else b[None, :, None, None]
    x -= mean(x)
    return x, b


def centre_backward(dout, cache):
    dout -= mean(dout)
    cache *= 0
    return dout, cache


def normalised_forward(x, w, b):
    out = x @ w
    out -= out.mean(axis=0)
    std = np.sqrt((out**2).mean(axis=0, keepdims=True))
    out /= std
    return out, (x, w, out.copy(), std)


def normalised_backward(dout, cache):
    x, w, out, std = cache
    dout /= std
    dout -= dout.mean(axis=0)
    dout -= out * (out * dout).mean(axis=0)
    return dout @ w.T, x.T @ dout, np.sum(dout, axis=0, keepdims=True)


def whiten(x):
    x -= x.mean(axis=0)
    values, vectors = np.linalg.eigh(x.T @ x)
    vectors_scaled = vectors * np.sqrt(len(x) / values)
    return x @ vectors_scaled @ vectors.T


def identity_parameters(x, eps):
    mu = mean(x)
    x -= mu
    gamma = np.sqrt(mean(x**2) + eps)
    return gamma.reshape(1, -1), mu.reshape(1, -1)


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    test = mode == "test"
    x -= running_mean if test else x.mean(axis=0)
    x /= np.sqrt((running_var if test else (x**2).mean(axis=0)) + eps)
    x *= gamma
    x += beta
    if not test:
        x[~mask] = 0
        x /= 1 - p
    return x


def variational_forward(x, alpha, e):
    e *= np.sqrt(alpha)
    return x * (1 + e), (x, alpha, e)


def variational_backward(dout, cache):
    x, alpha, e = cache
    dalpha = np.sum(dout * x * e, axis=0) / alpha / 2
    dout *= 1 + e
    return dout, dalpha
