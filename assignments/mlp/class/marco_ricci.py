import numpy as np

ALPHA = 0.01


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    m = x.shape[0]
    # average over the examples
    dw = x.reshape(m, -1).T @ dout / m
    db = np.mean(dout, axis=0)
    dx = (dout @ w.T).reshape(x.shape)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    # a small slope so that units do not die
    return dout * np.where(cache > 0, 1, ALPHA)


def softmax_loss(z, y):
    m = z.shape[0]
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    dz = np.exp(logp)
    dz[np.arange(m), y] -= 1
    return -logp[np.arange(m), y].mean(), dz / m


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, c = relu_forward(a)
    s, c2 = affine_forward(h, w2, b2)
    return s, (c1, c, c2)


def mlp_backward(dscores, cache):
    c1, c, c2 = cache
    dh, dw2, db2 = affine_backward(dscores, c2)
    dx, dw1, db1 = affine_backward(relu_backward(dh, c), c1)
    return dx, dw1, db1, dw2, db2
