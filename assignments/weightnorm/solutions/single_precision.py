import numpy as np

F = np.float32


def weightnorm_forward(v, g):
    v, g = v.astype(F), g.astype(F)[:, None]
    norm = np.sqrt(np.sum(np.square(v), axis=1, keepdims=True))
    return v * (g / norm), (v / norm, g / norm)


def weightnorm_backward(dw, cache):
    unit, scale = cache
    dw = dw.astype(F)
    dg = np.sum(dw * unit, axis=1)
    return scale * (dw - dg[:, None] * unit), dg


def mean_only_forward(t, b):
    t = t.astype(F)
    return t - t.mean(axis=0) + b.astype(F), None


def mean_only_backward(dout, cache):
    dout = dout.astype(F)
    return dout - dout.mean(axis=0), dout.sum(axis=0)
