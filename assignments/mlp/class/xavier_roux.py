import numpy as np


def affine_forward(x, w, b):
    D = np.prod(x.shape[1:])
    return x.reshape(-1, D).dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    D, M = w.shape
    X = x.reshape(-1, D)
    dw = np.zeros((D, M))
    for i in xrange(X.shape[0]):
        dw += np.outer(X[i], dout[i])
    return dout.dot(w.T).reshape(x.shape), dw, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, x):
    return np.where(x > 0, dout, 0)


def softmax_loss(z, y):
    N = z.shape[0]
    y = y.astype(np.int)
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    dz = np.exp(logp)
    dz[np.arange(N), y] -= 1
    return -np.mean(logp[np.arange(N), y]), dz / N


def mlp_forward(x, w1, b1, w2, b2):
    from .layer_utils import affine_relu_forward
    h, cache1 = affine_relu_forward(x, w1, b1)
    scores, cache2 = affine_forward(h, w2, b2)
    return scores, (cache1, cache2)


def mlp_backward(dscores, cache):
    from .layer_utils import affine_relu_backward
    cache1, cache2 = cache
    dh, dw2, db2 = affine_backward(dscores, cache2)
    dx, dw1, db1 = affine_relu_backward(dh, cache1)
    return dx, dw1, db1, dw2, db2
