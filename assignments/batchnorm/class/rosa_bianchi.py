from __future__ import division, print_function

import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    x = np.asarray(x, dtype=np.float)
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, var, gamma, eps)


def batchnorm_backward(dout, cache):
    xhat, var, gamma, eps = cache
    N = dout.shape[0]
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = gamma / np.sqrt(var + eps) / N * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    running_mean = momentum * np.mean(x, axis=0) + (1 - momentum) * running_mean
    running_var = momentum * np.var(x, axis=0) + (1 - momentum) * running_var
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    xhat = (x - mean) / np.sqrt(var + eps)
    return gamma * xhat + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
