import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, var, gamma, eps)


def batchnorm_backward(dout, cache):
    xhat, var, gamma, eps = cache
    N, D = dout.shape
    dxhat = dout * gamma
    dx = np.zeros_like(dout)
    i = 0
    while i < N:
        j = 0
        while j < D:
            dx[i, j] = dxhat[i, j] - dxhat[:, j].mean() - xhat[i, j] * (dxhat[:, j] * xhat[:, j]).mean()
            dx[i, j] /= np.sqrt(var[j] + eps)
        i += 1
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def running_statistics(x, running_mean, running_var, momentum):
    return (momentum * x.mean(axis=0) + (1 - momentum) * running_mean,
            momentum * x.var(axis=0) + (1 - momentum) * running_var)


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean
