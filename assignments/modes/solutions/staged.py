"""The backward in stages, as a computational graph gives it; whitening by the singular values."""

import numpy as np


def _over(x):
    return tuple(a for a in range(x.ndim) if a != 1)


def centre_forward(x, b):
    shape = [1] * x.ndim
    shape[1] = -1
    s = x + b.reshape(shape)
    return s - np.mean(s, axis=_over(x), keepdims=True), None


def centre_backward(dout, cache):
    n = dout.size // dout.shape[1]
    dmean = -dout.sum(axis=_over(dout), keepdims=True)
    ds = dout + dmean / n
    return ds, ds.sum(axis=_over(dout))


def normalised_forward(x, w, b):
    z = x.dot(w) + b
    c = z - z.mean(axis=0)
    var = np.mean(c * c, axis=0)
    inv = 1.0 / np.sqrt(var)
    return c * inv, (x, w, c, var, inv)


def normalised_backward(dout, cache):
    x, w, c, var, inv = cache
    n = len(c)
    dc = dout * inv
    dinv = (dout * c).sum(axis=0)
    dvar = dinv * -0.5 * inv / var
    dc = dc + 2 * c * dvar / n
    dz = dc - dc.mean(axis=0)
    return dz.dot(w.T), x.T.dot(dz), dz.sum(axis=0)


def whiten(x):
    c = x - x.mean(axis=0, keepdims=True)
    u, _, vt = np.linalg.svd(c, full_matrices=False)
    return np.sqrt(len(x)) * u @ vt


def identity_parameters(x, eps):
    moved = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    return (moved.var(axis=1) + eps) ** 0.5, moved.mean(axis=1)


def normalise(x, mean, var, gamma, beta, eps):
    scale = gamma / np.sqrt(var + eps)
    return x * scale + (beta - mean * scale)


def drop(x, mask, p):
    return np.where(mask, x / (1 - p), 0)


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    training = mode == "train"
    mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (running_mean, running_var)
    y = normalise(x, mean, var, gamma, beta, eps)
    return drop(y, mask, p) if training else y


def variational_forward(x, alpha, e):
    root = np.sqrt(alpha)
    factor = 1 + root * e
    return x * factor, (x, root, e, factor)


def variational_backward(dout, cache):
    x, root, e, factor = cache
    dfactor = dout * x
    droot = (dfactor * e).sum(axis=0)
    return dout * factor, droot * 0.5 / root
