import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + eps
    return gamma * xhat + beta, (xhat, var, gamma, eps)


def batchnorm_backward(dout, cache):
    xhat, var, gamma, eps = cache
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    return dout, dgamma, dbeta
