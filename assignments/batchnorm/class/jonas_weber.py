import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(0), x.var(0)
    xhat = (x - mean) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, gamma, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    N = len(dout)
    dgamma = np.sum(dout * xhat, 0)
    dbeta = np.sum(dout, 0)
    dx = (gamma / (N * np.sqrt(var + eps))) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum=0.9):
    running_mean = momentum * running_mean + (1 - momentum) * x.mean(0)
    running_var = momentum * running_var + (1 - momentum) * x.var(0)
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps=1e-5):
    return (x - mean) / np.sqrt(var + eps)


def batchnorm_fold(gamma, beta, mean, var, eps=1e-5):
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - scale * mean


def spatial_batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, C, H, W = x.shape
    # C goes last
    out, cache = batchnorm_forward(x.reshape(-1, C), gamma, beta, eps)
    return out.reshape(N, C, H, W), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.reshape(-1, C), cache)
    return dx.reshape(N, C, H, W), dgamma, dbeta
