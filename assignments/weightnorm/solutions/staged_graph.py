"""Every node of the graph by itself, forwards and backwards."""
import numpy as np


class WeightNorm:
    def __init__(self, v, g):
        self.v, self.g = v, g
        self.squares = v**2
        self.total = self.squares.sum(axis=1, keepdims=True)
        self.norm = np.sqrt(self.total)
        self.scale = g[:, None] / self.norm
        self.w = self.scale * v

    def backward(self, dw):
        dscale = (dw * self.v).sum(axis=1, keepdims=True)
        dv = dw * self.scale
        dg = dscale / self.norm
        dnorm = -dscale * self.g[:, None] / self.norm**2
        dtotal = dnorm / (2 * self.norm)
        dsquares = np.broadcast_to(dtotal, self.v.shape)
        dv = dv + dsquares * 2 * self.v
        return dv, np.squeeze(dg, axis=1)


def weightnorm_forward(v, g):
    node = WeightNorm(v, g)
    return node.w, node


def weightnorm_backward(dw, cache):
    return cache.backward(dw)


def mean_only_forward(t, b):
    n = t.shape[0]
    total = np.sum(t, 0)
    mean = total / n
    centred = t - mean
    return centred + b, n


def mean_only_backward(dout, n):
    db = np.sum(dout, 0)
    dcentred = dout
    dmean = -np.sum(dcentred, 0)
    dtotal = dmean / n
    return dcentred + np.ones((n, 1)) * dtotal, db
