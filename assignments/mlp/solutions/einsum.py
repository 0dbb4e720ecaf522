import numpy as np
from numpy import einsum


def affine_forward(x, w, b):
    X = np.stack([xi.ravel() for xi in x])
    return einsum("nd,dm->nm", X, w) + b[None, :], (X, w, x.shape)


def affine_backward(dout, cache):
    X, w, shape = cache
    return (
        einsum("nm,dm->nd", dout, w).reshape(shape),
        einsum("nd,nm->dm", X, dout),
        einsum("nm->m", dout),
    )


def relu_forward(x):
    return (x + np.abs(x)) / 2, np.sign(x)


def relu_backward(dout, cache):
    return np.where(cache == 1, dout, 0)


def softmax_loss(z, y):
    m = np.amax(z, axis=1)
    lse = m + np.log(einsum("nc->n", np.exp(z - m[:, None])))
    loss = (lse - np.take_along_axis(z, y[:, None], axis=1)[:, 0]).mean()
    return loss, (np.exp(z - lse[:, None]) - (y[:, None] == np.arange(z.shape[1]))) / z.shape[0]


def mlp_forward(x, w1, b1, w2, b2):
    h = np.clip(einsum("nd,dh->nh", x, w1) + b1, 0, None)
    return einsum("nh,hc->nc", h, w2) + b2, (x, w1, h, w2)


def mlp_backward(dscores, cache):
    x, w1, h, w2 = cache
    da = einsum("nc,hc,nh->nh", dscores, w2, np.heaviside(h, 0.0))
    return (
        einsum("nh,dh->nd", da, w1),
        einsum("nd,nh->dh", x, da),
        da.sum(0),
        einsum("nh,nc->hc", h, dscores),
        dscores.sum(0),
    )
