"""dv through the matrix that takes off what points along w; the batch through its centring matrix."""
import numpy as np


def weightnorm_forward(v, g):
    norm = np.sqrt(np.einsum("md,md->m", v, v))
    unit = v / norm[:, None]
    return g[:, None] * unit, [unit, g, norm]


def weightnorm_backward(dw, cache):
    unit, g, norm = cache
    d = unit.shape[1]
    m = np.eye(d)[None] - unit[:, :, None] * unit[:, None, :]
    dv = np.einsum("m,mij,mj->mi", g / norm, m, dw)
    return dv, np.einsum("md,md->m", dw, unit)


def centring(n):
    return np.eye(n) - np.ones((n, n)) / n


def mean_only_forward(t, b):
    return centring(len(t)) @ t + b, len(t)


def mean_only_backward(dout, n):
    return centring(n).T @ dout, np.ones(n) @ dout
