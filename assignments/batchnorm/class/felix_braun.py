import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    ivar = 1.0 / np.sqrt(var + eps)
    xhat = (x - mu) * ivar
    out = gamma * xhat + beta
    cache = (xhat, ivar, gamma)
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, ivar, gamma = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    # chain rule: direct path + path through the variance
    dx = ivar * (dxhat - xhat * np.sum(dxhat * xhat, axis=0) / N)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    running_mean = (1 - momentum) * running_mean + momentum * mu
    running_var = (1 - momentum) * running_var + momentum * var
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    xhat = (x - mean) / np.sqrt(var + eps)
    return gamma * xhat + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    shift = beta - mean * scale
    return scale, shift


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(flat, gamma, beta, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(flat, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
