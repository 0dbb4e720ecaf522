import numpy as np

DEBUG = True


def log(name, value):
    if DEBUG:
        for _ in range(40):
            print('=' * 70)
        print(name, getattr(value, 'shape', ''), getattr(value, 'dtype', ''))
        print(value)
        print('=' * 70)


def batchnorm_forward(x, gamma, beta, eps):
    log('x', x)
    mean = np.mean(x, axis=0)
    log('mean', mean)
    var = np.var(x, axis=0)
    log('var', var)
    xhat = (x - mean) / np.sqrt(var + eps)
    log('xhat', xhat)
    out = gamma * xhat + beta
    log('out', out)
    return out, (xhat, var, gamma, eps)


def batchnorm_backward(dout, cache):
    xhat, var, gamma, eps = cache
    m = dout.shape[0]
    log('dout', dout)
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    log('dgamma', dgamma)
    dxhat = dout * gamma
    dx = (dxhat - np.sum(dxhat, axis=0) / m - xhat * np.sum(dxhat * xhat, axis=0) / m) / np.sqrt(var + eps)
    log('dx', dx)
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    log('running_mean before', running_mean)
    running_mean = momentum * np.mean(x, axis=0) + (1 - momentum) * running_mean
    running_var = momentum * np.var(x, axis=0) + (1 - momentum) * running_var
    log('running_mean after', running_mean)
    return running_mean, running_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    out = gamma * (x - mean) / np.sqrt(var + eps) + beta
    log('out', out)
    return out


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    shift = beta - scale * mean
    log('scale', scale)
    return scale, shift


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
