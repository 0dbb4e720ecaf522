"""One example after the other: right, and what a beginner's loop over the batch takes."""

import numpy as np


def mlp_forward(x, w1, b1, w2, b2):
    hidden, scores = [], []
    for row in x:
        h = np.maximum(0, row @ w1 + b1)
        hidden.append(h)
        scores.append(h @ w2 + b2)
    return np.array(scores), (x, w1, w2, hidden)


def mlp_backward(dscores, cache):
    x, w1, w2, hidden = cache
    dx = np.zeros(x.shape)
    dw1, db1 = np.zeros(w1.shape), np.zeros(w1.shape[1])
    dw2, db2 = np.zeros(w2.shape), np.zeros(w2.shape[1])
    for i, (row, h, d) in enumerate(zip(x, hidden, dscores)):
        da = (w2 @ d) * (h > 0)
        dx[i] = w1 @ da
        dw1 += np.outer(row, da)
        db1 += da
        dw2 += np.outer(h, d)
        db2 += d
    return dx, dw1, db1, dw2, db2
