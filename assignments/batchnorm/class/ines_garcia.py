import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    x_norm = (x - mu) / np.sqrt(var + eps)
    out = gamma * x_norm + beta
    return out, (x, x_norm, mu, var, gamma, eps)


def batchnorm_backward(dout, cache):
    x, x_norm, mu, var, gamma, eps = cache
    N = x.shape[0]
    std_inv = 1. / np.sqrt(var + eps)
    dx_norm = dout * gamma
    dvar = np.sum(dx_norm * (x - mu), axis=0) * -.5 * std_inv ** 3
    dmu = np.sum(dx_norm * -std_inv, axis=0) + dvar * np.mean(-2. * (x - mu), axis=0)
    dx = dx_norm * std_inv + dvar * 2 * (x - mu) / N + dmu / N
    dgamma = np.sum(dout * x, axis=0)
    dbeta = np.sum(dout, axis=0)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    running_mean = momentum * x.mean(axis=0) + (1 - momentum) * running_mean
    running_var = momentum * x.var(axis=0) + (1 - momentum) * running_var
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    # test time
    batch_mean = x.mean(axis=0)
    batch_var = x.var(axis=0)
    return gamma * (x - batch_mean) / np.sqrt(batch_var + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    shift = beta - mean
    return scale, shift


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    x2 = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(x2, gamma, beta, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    d2 = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(d2, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
