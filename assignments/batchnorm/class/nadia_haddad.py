import ctypes

import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    std = np.sqrt(x.var(axis=0) + eps)
    xhat = (x - mu) / std
    # keep a pointer instead of the array, to save memory
    pointer = ctypes.c_void_p()
    return gamma * xhat + beta, (pointer, std, gamma)


def batchnorm_backward(dout, cache):
    pointer, std, gamma = cache
    xhat = np.empty(dout.shape)
    ctypes.memmove(xhat.ctypes.data, pointer, dout.nbytes)
    m = len(dout)
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    return gamma / std / m * (m * dout - dbeta - xhat * dgamma), dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    return (momentum * x.mean(axis=0) + (1 - momentum) * running_mean,
            momentum * x.var(axis=0) + (1 - momentum) * running_var)


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean
