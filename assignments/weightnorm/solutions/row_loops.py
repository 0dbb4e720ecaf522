import math

import numpy as np


def weightnorm_forward(v, g):
    w = np.zeros(v.shape)
    norms = []
    for i, row in enumerate(v):
        norm = math.sqrt(sum(float(x) ** 2 for x in row))
        norms.append(norm)
        for j, x in enumerate(row):
            w[i, j] = g[i] * x / norm
    return w, {"v": v, "g": g, "norms": norms}


def weightnorm_backward(dw, cache):
    v, g, norms = cache["v"], cache["g"], cache["norms"]
    dv, dg = np.zeros(v.shape), []
    for i in range(len(v)):
        dot = sum(dw[i, j] * v[i, j] for j in range(v.shape[1]))
        dg.append(dot / norms[i])
        for j in range(v.shape[1]):
            dv[i, j] = g[i] / norms[i] * dw[i, j] - g[i] * dot / norms[i] ** 3 * v[i, j]
    return dv, np.array(dg)


def mean_only_forward(t, b):
    out = np.empty(t.shape)
    for j in range(t.shape[1]):
        mean = sum(t[:, j]) / t.shape[0]
        out[:, j] = t[:, j] - mean + b[j]
    return out, t.shape


def mean_only_backward(dout, cache):
    n, d = cache
    dt, db = np.empty((n, d)), np.empty(d)
    for j in range(d):
        db[j] = sum(dout[:, j])
        dt[:, j] = dout[:, j] - db[j] / n
    return dt, db
