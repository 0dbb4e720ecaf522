import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = np.mean(x, axis=0)
    var = np.mean((x - mu) ** 2, axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, gamma, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    dxhat = dout * gamma
    dx = dxhat - np.mean(dxhat, axis=0) - xhat * np.mean(dxhat * xhat, axis=0)
    dx /= np.sqrt(var + eps)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def running_statistics(x, running_mean, running_var, momentum):
    running_mean = momentum * np.mean(x, axis=0) + (1 - momentum) * running_mean
    running_var = momentum * np.var(x, axis=0) + (1 - momentum) * running_var
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean


def spatial_batchnorm_forward(x, gamma, beta, eps):
    # mean and variance of every channel over its pixels
    mu = np.mean(x, axis=(2, 3), keepdims=True)
    var = np.mean((x - mu) ** 2, axis=(2, 3), keepdims=True)
    xhat = (x - mu) / np.sqrt(var + eps)
    g = gamma.reshape(1, -1, 1, 1)
    return g * xhat + beta.reshape(1, -1, 1, 1), (xhat, g, var, eps)


def spatial_batchnorm_backward(dout, cache):
    xhat, g, var, eps = cache
    dxhat = dout * g
    dx = dxhat - np.mean(dxhat, axis=(2, 3), keepdims=True) \
        - xhat * np.mean(dxhat * xhat, axis=(2, 3), keepdims=True)
    dx /= np.sqrt(var + eps)
    return dx, np.sum(dout * xhat, axis=(0, 2, 3)), np.sum(dout, axis=(0, 2, 3))
