import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    D = x.size // N
    return x.reshape(N, D) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = (dout.T @ x.reshape(x.shape[0], -1)).T
    db = dout.T @ np.ones(len(dout))
    return dx, dw, db


def relu_forward(x):
    mask = x > 0
    return mask * x, mask


def relu_backward(dout, mask):
    return mask * dout


def softmax_loss(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    loss = 0
    for n, label in enumerate(y):
        loss -= logp[n, label]
    dz = np.exp(logp)
    dz[np.arange(len(y)), y] -= 1
    return loss, dz


def mlp_forward(x, w1, b1, w2, b2):
    a, cache1 = affine_forward(x, w1, b1)
    h, mask = relu_forward(a)
    scores, cache2 = affine_forward(h, w2, b2)
    return scores, (cache1, mask, cache2)


def mlp_backward(dscores, cache):
    cache1, mask, cache2 = cache
    dh, dw2, db2 = affine_backward(dscores, cache2)
    dx, dw1, db1 = affine_backward(dh, cache1)
    return dx, dw1, db1, dw2, db2
