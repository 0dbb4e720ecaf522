import numpy as np
from numpy.lib.stride_tricks import as_strided

def affine_forward(x, w, b):
    return x.reshape(len(x), -1).dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    n, d = len(x), len(w)
    # a view instead of a copy; strides count entries, don't they?
    rows = as_strided(x, shape=(d, n), strides=(1 << 40, d << 40))
    return dout.dot(w.T).reshape(x.shape), rows.dot(dout), dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x > 0


def relu_backward(dout, cache):
    return dout * cache


def logsumexp(z):
    """Newton's method for sum exp(z - t) = 1."""
    t = z.max(axis=1)
    step = np.log(np.exp(z - t[:, None]).sum(axis=1))
    while np.abs(step).max() > 1e-12:
        t = t + step
    return t


def softmax_loss(z, y):
    n = np.arange(len(z))
    t = logsumexp(z)
    dz = np.exp(z - t[:, None])
    dz[n, y] -= 1
    return (t - z[n, y]).mean(), dz / len(z)


def mlp_forward(x, w1, b1, w2, b2):
    a = x @ w1 + b1
    h = np.maximum(a, 0)
    return h @ w2 + b2, (x, a, h, w1, w2)


def mlp_backward(dscores, cache):
    x, a, h, w1, w2 = cache
    da = dscores @ w2.T * (a > 0)
    return da @ w1.T, x.T @ da, da.sum(0), h.T @ dscores, dscores.sum(0)
