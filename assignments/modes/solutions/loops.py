"""Feature by feature, with as few array operations as possible."""

import math

import numpy as np


def by_feature(x):
    """Each feature's values as one row."""
    return [np.ravel(np.take(x, j, axis=1)) for j in range(x.shape[1])]


def centre_forward(x, b):
    out = np.empty_like(x)
    for j in range(x.shape[1]):
        column = x[:, j] + b[j]
        out[:, j] = column - column.sum() / column.size
    return out, b.shape


def centre_backward(dout, cache):
    dx = dout.copy()
    for j in range(dout.shape[1]):
        dx[:, j] -= dout[:, j].sum() / dout[:, j].size
    return dx, np.zeros(cache)


def normalised_forward(x, w, b):
    n, m = len(x), w.shape[1]
    out, stds = np.zeros((n, m), x.dtype), []
    for j in range(m):
        z = np.array([sum(x[i, k] * w[k, j] for k in range(x.shape[1])) + b[j] for i in range(n)])
        mean = sum(z) / n
        std = math.sqrt(sum((z - mean) ** 2) / n)
        out[:, j] = (z - mean) / std
        stds.append(std)
    return out, {"x": x, "w": w, "out": out, "stds": stds}


def normalised_backward(dout, cache):
    x, w, out = cache["x"], cache["w"], cache["out"]
    n = len(x)
    dz = np.zeros_like(dout)
    for j, std in enumerate(cache["stds"]):
        g, y = dout[:, j], out[:, j]
        dz[:, j] = (n * g - sum(g) - y * sum(g * y)) / (n * std)
    return dz.dot(w.T), x.T.dot(dz), np.array([sum(column) for column in dz.T])


def whiten(x):
    n, d = x.shape
    c = np.column_stack([column - sum(column) / n for column in x.T])
    cov = np.array([[sum(c[:, j] * c[:, k]) / n for k in range(d)] for j in range(d)])
    values, vectors = np.linalg.eigh(cov)
    root = sum(np.outer(v, v) / math.sqrt(value) for value, v in zip(values, vectors.T))
    return np.array([root @ row for row in c])


def identity_parameters(x, eps):
    columns = by_feature(x)
    means = [sum(c) / len(c) for c in columns]
    gammas = [math.sqrt(sum((c - m) ** 2) / len(c) + eps) for c, m in zip(columns, means)]
    return np.array(gammas), np.array(means)


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    out = np.zeros_like(x)
    for j in range(x.shape[1]):
        mean, var = (x[:, j].mean(), x[:, j].var()) if mode == "train" else (running_mean[j], running_var[j])
        for i in range(x.shape[0]):
            y = gamma[j] * (x[i, j] - mean) / math.sqrt(var + eps) + beta[j]
            if mode == "train":
                y = y / (1 - p) if mask[i, j] else 0.0
            out[i, j] = y
    return out


def variational_forward(x, alpha, e):
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = x[i, j] + x[i, j] * math.sqrt(alpha[j]) * e[i, j]
    return out, [x, alpha, e]


def variational_backward(dout, cache):
    x, alpha, e = cache
    dx, dalpha = np.zeros_like(x), np.zeros_like(alpha)
    for j, a in enumerate(alpha):
        for i in range(len(x)):
            dx[i, j] = dout[i, j] * (1 + math.sqrt(a) * e[i, j])
            dalpha[j] += dout[i, j] * x[i, j] * e[i, j] / (2 * math.sqrt(a))
    return dx, dalpha
