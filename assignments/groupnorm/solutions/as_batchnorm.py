"""Every group a column of a table, which plain batch normalisation normalises."""
import numpy as np


def standardise(table, eps):
    centre = table - table.mean(0)
    inv = (np.square(centre).mean(0) + eps) ** -0.5
    return centre * inv, inv


def standardise_back(d, hat, inv):
    return inv * (d - d.mean(0) - hat * (d * hat).mean(0))


def groupnorm_forward(x, gamma, beta, groups, eps):
    table = x.reshape(x.shape[0] * groups, -1).T
    hat, inv = standardise(table, eps)
    out = np.einsum("nchw,c->nchw", hat.T.reshape(x.shape), gamma) + beta[:, None, None]
    return out, (hat, inv, gamma)


def groupnorm_backward(dout, cache):
    hat, inv, gamma = cache
    d = np.einsum("nchw,c->nchw", dout, gamma).reshape(hat.shape[::-1]).T
    dx = standardise_back(d, hat, inv).T.reshape(dout.shape)
    return dx, np.einsum("nchw,nchw->c", dout, hat.T.reshape(dout.shape)), np.einsum("nchw->c", dout)
