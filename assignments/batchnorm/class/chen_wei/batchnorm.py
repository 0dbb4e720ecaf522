import numpy as np

from layout import to_images, to_rows


class _Node:
    """Keeps what the backward pass needs."""

    def __init__(self, **kept):
        self.__dict__.update(kept)


def batchnorm_forward(x, gamma, beta, eps):
    x_mu = x - np.mean(x, axis=0)
    var = np.mean(np.square(x_mu), axis=0)
    rstd = np.reciprocal(np.sqrt(var + eps))
    norm = x_mu * rstd
    return norm * gamma + beta, _Node(norm=norm, rstd=rstd, gamma=gamma)


def batchnorm_backward(dout, cache):
    m = dout.shape[0]
    dgamma = np.einsum('ij,ij->j', dout, cache.norm)
    dbeta = np.einsum('ij->j', dout)
    inner = dout - (dbeta + cache.norm * dgamma) / m
    return cache.gamma * cache.rstd * inner, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    keep = 1 - momentum
    return (keep * running_mean + momentum * np.mean(x, axis=0),
            keep * running_var + momentum * np.var(x, axis=0))


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return (x - mean) * np.reciprocal(np.sqrt(var + eps)) * gamma + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma * np.reciprocal(np.sqrt(var + eps))
    return scale, beta - mean * scale


def spatial_batchnorm_forward(x, gamma, beta, eps):
    out, cache = batchnorm_forward(to_rows(x), gamma, beta, eps)
    return to_images(out, x.shape), cache


def spatial_batchnorm_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(to_rows(dout), cache)
    return to_images(dx, dout.shape), dgamma, dbeta
