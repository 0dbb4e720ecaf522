"""The lecture's six formulas (000:1008-1018); parameters' gradients stay (1, D)."""
import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mean = np.mean(x, axis=0, keepdims=True)
    var = np.var(x, axis=0, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    out = gamma * x_hat + beta
    return out, (x, gamma, mean, var, x_hat, eps)


def batchnorm_backward(dout, cache):
    x, gamma, mean, var, x_hat, eps = cache
    m = x.shape[0]
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * (x - mean) * -0.5 * np.power(var + eps, -1.5), axis=0, keepdims=True)
    # the second summand is zero; as on the slide
    dmean = np.sum(dx_hat * -1.0 / np.sqrt(var + eps), axis=0, keepdims=True) \
        + dvar * np.sum(-2.0 * (x - mean)) / m
    dx = dx_hat / np.sqrt(var + eps) + dvar * 2.0 * (x - mean) / m + dmean / m
    dgamma = np.sum(dout * x_hat, axis=0, keepdims=True)
    dbeta = np.sum(dout, axis=0, keepdims=True)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    mean = np.mean(x, axis=0, keepdims=True)
    var = np.var(x, axis=0, keepdims=True)
    return (1 - momentum) * running_mean + momentum * mean, (1 - momentum) * running_var + momentum * var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    y = gamma / np.sqrt(var + eps) * x + (beta - gamma * mean / np.sqrt(var + eps))
    return y


def batchnorm_fold(gamma, beta, mean, var, eps):
    root = np.sqrt(var + eps)
    return (gamma / root)[None, :], (beta - gamma * mean / root)[None, :]


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 3, 2, 1).reshape(N * W * H, C), gamma, beta, eps)
    return out.reshape(N, W, H, C).transpose(0, 3, 2, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 3, 2, 1).reshape(N * W * H, C), cache)
    return dx.reshape(N, W, H, C).transpose(0, 3, 2, 1), dgamma, dbeta
