import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    inv = 1 / (x.std(axis=0) + eps)
    z = (x - mu) * inv
    return z * gamma + beta, (z, inv, gamma)


def batchnorm_backward(dout, cache):
    z, inv, gamma = cache
    m = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * z).sum(axis=0)
    dx = gamma * inv / m * (m * dout - dbeta - z * dgamma)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    return (momentum * x.mean(axis=0) + (1 - momentum) * running_mean,
            momentum * x.var(axis=0) + (1 - momentum) * running_var)


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / (np.sqrt(var) + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / (np.sqrt(var) + eps)
    return scale, beta - scale * mean


def spatial_batchnorm_forward(x, gamma, beta, eps):
    n, c, h, w = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, c), gamma, beta, eps)
    return out.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, c), cache)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta
