import math

import numpy as np


def affine_forward(x, w, b):
    N = len(x)
    D, M = w.shape
    out = np.zeros((N, M))
    flat = [xi.flatten() for xi in x]
    for i in range(N):
        for j in range(M):
            s = b[j]
            for k in range(D):
                s += flat[i][k] * w[k, j]
            out[i, j] = s
    return out, [x, w, flat]


def affine_backward(dout, cache):
    x, w, flat = cache
    N, M = dout.shape
    D = w.shape[0]
    dx = np.zeros((N, D))
    dw = np.zeros((D, M))
    db = np.zeros(M)
    for i in range(N):
        for j in range(M):
            g = dout[i][j]
            db[j] += g
            for k in range(D):
                dx[i][k] += g * w[k][j]
                dw[k][j] += g * flat[i][k]
    return np.reshape(dx, x.shape), dw, db


def relu_forward(x):
    relu = np.vectorize(lambda t: t if t > 0 else 0.0, otypes=[float])
    return relu(x), x


def relu_backward(dout, cache):
    dx = np.empty(cache.shape)
    for idx, v in np.ndenumerate(cache):
        dx[idx] = dout[idx] if v > 0 else 0
    return dx


def softmax_loss(z, y):
    N, C = z.shape
    loss = 0.0
    dz = np.zeros_like(z)
    for i in range(N):
        m = max(z[i])
        total = sum(math.exp(v - m) for v in z[i])
        loss += math.log(total) - (z[i, y[i]] - m)
        for c in range(C):
            dz[i, c] = math.exp(z[i, c] - m) / total
            if c == y[i]:
                dz[i, c] -= 1
    return loss / N, dz / N


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, c2 = relu_forward(a)
    s, c3 = affine_forward(h, w2, b2)
    return s, [c1, c2, c3]


def mlp_backward(dscores, cache):
    c1, c2, c3 = cache
    dh, dw2, db2 = affine_backward(dscores, c3)
    dx, dw1, db1 = affine_backward(relu_backward(dh, c2), c1)
    return dx, dw1, db1, dw2, db2
