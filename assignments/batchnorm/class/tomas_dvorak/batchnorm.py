import numpy as np

from helpers import EPS, standardize


def batchnorm_forward(x, gamma, beta, eps):
    z, inv = standardize(x)
    return z * gamma + beta, {'z': z, 'inv': inv, 'gamma': gamma}


def batchnorm_backward(dout, cache):
    z, inv, gamma = cache['z'], cache['inv'], cache['gamma']
    dz = dout * gamma
    dx = inv * (dz - np.average(dz, axis=0) - z * np.average(dz * z, axis=0))
    return dx, np.sum(dout * z, axis=0), np.average(dout, axis=0)


def running_statistics(x, running_mean, running_var, momentum):
    m, v = np.average(x, axis=0), np.var(x, axis=0)
    return momentum * m + (1 - momentum) * running_mean, momentum * v + (1 - momentum) * running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / np.sqrt(var + EPS) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean


def spatial_batchnorm_forward(x, gamma, beta, eps):
    n, c, h, w = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, c), gamma, beta, eps)
    return out.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, c), cache)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta
