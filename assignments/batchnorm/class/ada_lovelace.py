import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    out = gamma * x_hat + beta
    cache = (x, x_hat, mean, std, gamma)
    return out, cache


def batchnorm_backward(dout, cache):
    x, x_hat, mean, std, gamma = cache
    m = x.shape[0]

    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)

    dx_hat = dout * gamma
    dstd = (dx_hat * -(x - mean) / std**2).sum(axis=0)
    dvar = dstd / (2 * std)
    dmean = -(dx_hat / std).sum(axis=0)
    dx = dx_hat / std + dvar * 2 * (x - mean) / m + dmean / m
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    running_mean = momentum * x.mean(axis=0) + (1 - momentum) * running_mean
    running_var = momentum * x.var(axis=0) + (1 - momentum) * running_var
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
