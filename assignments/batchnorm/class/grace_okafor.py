import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mean = np.mean(x, axis=0)
    std = np.sqrt(np.var(x, axis=0, ddof=1) + eps)  # sample variance, as in statistics class
    xhat = (x - mean) / std
    return gamma * xhat + beta, (xhat, std, gamma)


def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    dx = (dxhat - np.mean(dxhat, axis=0) - xhat * np.mean(dxhat * xhat, axis=0)) / std
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    new_mean = np.mean(x, axis=0)
    new_var = np.var(x, axis=0, ddof=1)
    return (running_mean * (1 - momentum) + new_mean * momentum,
            running_var * (1 - momentum) + new_var * momentum)


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    root = np.sqrt(var + eps)
    return gamma / root, beta - gamma * mean / root


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
