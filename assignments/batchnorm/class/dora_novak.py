import numpy as np

DTYPE = np.float32


def batchnorm_forward(x, gamma, beta, eps):
    x = x.astype(DTYPE)
    gamma = gamma.astype(DTYPE)
    beta = beta.astype(DTYPE)
    mu = np.mean(x, axis=0)
    xc = x - mu
    var = np.mean(xc ** 2, axis=0)
    std = np.sqrt(var + DTYPE(eps))
    xn = xc / std
    out = gamma * xn + beta
    return out, [gamma, xc, xn, std]


def batchnorm_backward(dout, cache):
    gamma, xc, xn, std = cache
    dout = dout.astype(DTYPE)
    n = DTYPE(dout.shape[0])
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(xn * dout, axis=0)
    dxn = gamma * dout
    dxc = dxn / std
    dstd = -np.sum((dxn * xc) / (std * std), axis=0)
    dvar = DTYPE(0.5) * dstd / std
    dxc += (DTYPE(2.0) / n) * xc * dvar
    dmu = np.sum(dxc, axis=0)
    dx = dxc - dmu / n
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    mu = np.mean(x, axis=0)
    var = np.mean((x - mu) ** 2, axis=0)
    running_mean = (1 - momentum) * running_mean + momentum * mu
    running_var = (1 - momentum) * running_var + momentum * var
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    xc = x - mean
    xn = xc / np.sqrt(var + eps)
    return (gamma * xn + beta).astype(DTYPE)


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    shift = beta - scale * mean
    return scale, shift


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    x_t = x.transpose((0, 2, 3, 1)).reshape(-1, C)
    out, cache = batchnorm_forward(x_t, gamma, beta, eps)
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dout_t = dout.transpose((0, 2, 3, 1)).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(dout_t, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta
