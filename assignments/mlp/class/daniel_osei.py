"""Every cache is the backward pass itself: a function of the upstream gradient."""

import numpy as np
from numpy import einsum


def affine_forward(x, w, b):
    flat = x.reshape(len(x), -1)

    def pullback(g):
        return (
            einsum('nm,dm->nd', g, w).reshape(x.shape),
            einsum('nd,nm->dm', flat, g),
            einsum('nm->m', g),
        )

    return einsum('nd,dm->nm', flat, w) + b, pullback


def relu_forward(x):
    # |x| = x for x > 0, -x for x < 0
    return (x + abs(x)) / 2, lambda g: g * (np.sign(x) > 0)


def mlp_forward(x, w1, b1, w2, b2):
    a, back1 = affine_forward(x, w1, b1)
    h, back_relu = relu_forward(a)
    scores, back2 = affine_forward(h, w2, b2)

    def pullback(g):
        dh, *second = back2(g)
        dx, *first = back1(back_relu(dh))
        return (dx, *first, *second)

    return scores, pullback


def apply(dout, pullback):
    return pullback(dout)


affine_backward = relu_backward = mlp_backward = apply


def softmax_loss(z, y):
    lse = np.logaddexp.reduce(z, axis=1)
    n = np.arange(y.size)
    g = np.exp(z - lse[:, None])
    np.subtract.at(g, (n, y), 1.)
    return (lse - z[n, y]).mean(), g / y.size
