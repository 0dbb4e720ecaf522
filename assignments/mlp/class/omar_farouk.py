import numpy as np


def softmax(z):
    e = np.exp(z - np.max(z, axis=0))
    return e / np.sum(e, axis=0)


def affine_forward(x, w, b):
    out = np.dot(x.reshape(x.shape[0], -1), w)
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = np.sum(dout, axis=1)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    dx = np.array(dout, copy=True)
    dx[x <= 0] = 0
    return dx


def softmax_loss(z, y):
    p = softmax(z)
    N = len(y)
    t = np.zeros_like(p)
    t[np.arange(N), y] = 1
    loss = -np.log(p[np.arange(N), y]).mean()
    return loss, (p - t) / N


def mlp_forward(x, w1, b1, w2, b2):
    a, cache1 = affine_forward(x, w1, b1)
    h, cache_relu = relu_forward(a)
    scores, cache2 = affine_forward(h, w2, b2)
    return scores, (cache1, cache_relu, cache2)


def mlp_backward(dscores, cache):
    cache1, cache_relu, cache2 = cache
    dh, dw2, db2 = affine_backward(dscores, cache2)
    da = relu_backward(dh, cache_relu)
    dx, dw1, db1 = affine_backward(da, cache1)
    return dx, dw1, db1, dw2, db2
