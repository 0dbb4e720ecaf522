import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    out = np.zeros_like(x)
    return out, (x, gamma, beta)


def batchnorm_backward(dout, cache):
    x, gamma, beta = cache
    dx = np.zeros_like(x)
    dgamma = np.zeros_like(gamma)
    dbeta = np.zeros_like(beta)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return np.zeros_like(x)


def batchnorm_fold(gamma, beta, mean, var, eps):
    return np.zeros_like(gamma), np.zeros_like(beta)


def spatial_batchnorm_forward(x, gamma, beta, eps):
    return batchnorm_forward(x, gamma, beta, eps)


def spatial_batchnorm_backward(dout, cache):
    return batchnorm_backward(dout, cache)
