"""Backward in small steps along the computational graph, one line a node."""
import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    N, D = x.shape

    # step 1: mean
    mu = 1. / N * np.sum(x, axis=0)

    # step 2: subtract mean
    xmu = x - mu

    # step 3: square
    sq = xmu ** 2

    # step 4: variance
    var = 1. / N * np.sum(sq, axis=0)

    # step 5: add eps, then sqrt
    sqrtvar = np.sqrt(var + eps)

    # step 6: invert
    ivar = 1. / sqrtvar

    # step 7: normalize
    xhat = xmu * ivar

    # step 8 and 9: scale and shift
    gammax = gamma * xhat
    out = gammax + beta

    cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape

    # step 9
    dbeta = np.sum(dout, axis=0)
    dgammax = dout

    # step 8
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma

    # step 7
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar

    # step 6
    dsqrtvar = -1. / (sqrtvar ** 2) * divar

    # step 5
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar

    # step 4
    dsq = 1. / N * np.ones((N, D)) * dvar

    # step 3
    dxmu2 = 2 * xmu * dsq

    # step 2
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)

    # step 1
    dx2 = 1. / N * np.ones((N, D)) * dmu

    dx = dx1 + dx2
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    sample_mean = np.mean(x, axis=0)
    sample_var = np.var(x, axis=0)
    running_mean = (1 - momentum) * running_mean + momentum * sample_mean
    running_var = (1 - momentum) * running_var + momentum * sample_var
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
    x_flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out_flat, cache = batchnorm_forward(x_flat, gamma, beta, eps)
    out = out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dout_flat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx_flat, dgamma, dbeta = batchnorm_backward(dout_flat, cache)
    dx = dx_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta
