import sys

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def main():
    x = np.random.randn(4, 5)
    out, cache = affine_forward(x, np.random.randn(5, 3), np.zeros(3))
    dx, dw, db = affine_backward(np.ones_like(out), cache)
    print('shapes fine:', dx.shape == x.shape)
    return 0


sys.exit(main())
