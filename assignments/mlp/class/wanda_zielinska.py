from __future__ import print_function
from builtins import range
from past.builtins import xrange

import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def softmax_loss(z, y):
    loss = 0.0
    dz = np.zeros_like(z)
    for i in xrange(z.shape[0]):
        f = z[i] - np.max(z[i])
        p = np.exp(f) / np.sum(np.exp(f))
        loss += np.log(np.sum(np.exp(f))) - f[y[i]]
        dz[i] = p
        dz[i, y[i]] -= 1
    return loss / z.shape[0], dz / z.shape[0]
