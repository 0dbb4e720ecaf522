"""Saves memory: works in the arrays it is given. Keeps a list as its cache, and prints while at it."""
import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    x -= np.mean(x, 0)
    v = np.mean(x * x, 0)
    v += eps
    np.sqrt(v, out=v)
    x /= v
    print('normalized a batch of', x.shape[0])
    out = x * gamma
    out += beta
    return out, [x, v, gamma]


def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    dgamma = np.sum(dout * xhat, 0)
    dbeta = np.sum(dout, 0)
    dout *= gamma
    c = np.mean(dout * xhat, 0)
    dout -= np.mean(dout, 0)
    xhat *= c
    dout -= xhat
    dout /= std
    cache.append(dout)
    print('dgamma', dgamma)
    return dout, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    running_mean *= 1 - momentum
    running_mean += momentum * np.mean(x, 0)
    x -= np.mean(x, 0)
    x **= 2
    running_var *= 1 - momentum
    running_var += momentum * np.mean(x, 0)
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    x -= mean
    x /= np.sqrt(var + eps)
    x *= gamma
    x += beta
    return x


def batchnorm_fold(gamma, beta, mean, var, eps):
    gamma /= np.sqrt(var + eps)
    beta -= gamma * mean
    return gamma, beta


def spatial_batchnorm_forward(x, gamma, beta, eps):
    n, c, h, w = x.shape
    rows = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).reshape(-1, c)
    out, cache = batchnorm_forward(rows, gamma, beta, eps)
    return out.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    rows = np.ascontiguousarray(dout.transpose(0, 2, 3, 1)).reshape(-1, c)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta
