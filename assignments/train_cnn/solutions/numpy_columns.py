"""NumPy alone: one convolution as a matrix product over columns, ReLU, max pooling, a dense layer, Adam."""

import numpy as np

SIDE = 3


def columns(x):
    """(N, C, H, W) to (N, H, W, C * 9), with a border of zeros."""
    n, c, height, width = x.shape
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (SIDE, SIDE), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, height, width, c * SIDE * SIDE)


def forward(params, x):
    w, b, v, c = params
    cols = columns(x)
    a = cols @ w + b
    n, height, width, maps = a.shape
    blocks = a.reshape(n, height // 2, 2, width // 2, 2, maps)
    pooled = blocks.max(axis=(2, 4))
    h = np.maximum(pooled, 0).reshape(n, -1)
    return h @ v + c, (cols, blocks, pooled, h)


def gradients(params, x, y):
    w, b, v, c = params
    z, (cols, blocks, pooled, h) = forward(params, x)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    dpooled = (p @ v.T).reshape(pooled.shape) * (pooled > 0)
    here = blocks == pooled[:, :, None, :, None, :]
    da = (here * dpooled[:, :, None, :, None, :]).reshape(-1, len(b))
    return cols.reshape(len(da), -1).T @ da, da.sum(axis=0), h.T @ p, p.sum(axis=0)


def fit(X, y, seed, maps=12, steps=800, batch=50, rate=0.004):
    rng = np.random.default_rng(seed)
    X = X.astype(np.float32)
    n, channels, height, width = X.shape
    flat, classes = maps * (height // 2) * (width // 2), int(y.max()) + 1
    fan = channels * SIDE * SIDE
    params = [
        rng.normal(0, np.sqrt(2 / fan), (fan, maps)),
        np.zeros(maps),
        rng.normal(0, np.sqrt(1 / flat), (flat, classes)),
        np.zeros(classes),
    ]
    params = [each.astype(np.float32) for each in params]
    first = [np.zeros_like(each) for each in params]
    second = [np.zeros_like(each) for each in params]
    order, at = rng.permutation(n), 0
    for step in range(1, steps + 1):
        if at + batch > n:
            order, at = rng.permutation(n), 0
        chosen = order[at : at + batch]
        at += batch
        now = np.float32(rate * (1 - (step - 1) / steps))
        for w, m, s, g in zip(params, first, second, gradients(params, X[chosen], y[chosen])):
            m += np.float32(0.1) * (g - m)
            s += np.float32(0.01) * (g * g - s)
            w -= now * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.99**step)) + 1e-8)
        params = [each.astype(np.float32) for each in params]
    return params


def predict(params, X):
    labels = [forward(params, X[i : i + 250])[0].argmax(axis=1) for i in range(0, len(X), 250)]
    return np.concatenate(labels)
