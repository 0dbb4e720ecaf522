"""Everything in float32, as on a graphics card."""
import numpy as np

f = np.float32


def _f32(*arrays):
    return [np.asarray(a, dtype=f) for a in arrays]


def batchnorm_forward(x, gamma, beta, eps):
    x, gamma, beta = _f32(x, gamma, beta)
    mean = x.mean(axis=0)
    centred = x - mean
    var = (centred * centred).mean(axis=0)
    std = np.sqrt(var + f(eps))
    norm = centred / std
    return gamma * norm + beta, (norm, std, gamma)


def batchnorm_backward(dout, cache):
    norm, std, gamma = cache
    dout, = _f32(dout)
    dgamma = (dout * norm).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dnorm = dout * gamma
    dx = (dnorm - dnorm.mean(axis=0) - norm * (dnorm * norm).mean(axis=0)) / std
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    x, running_mean, running_var = _f32(x, running_mean, running_var)
    a = f(momentum)
    return (a * x.mean(axis=0) + (1 - a) * running_mean,
            a * x.var(axis=0) + (1 - a) * running_var)


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    x, gamma, beta, mean, var = _f32(x, gamma, beta, mean, var)
    return gamma * ((x - mean) / np.sqrt(var + f(eps))) + beta


def batchnorm_fold(gamma, beta, mean, var, eps):
    gamma, beta, mean, var = _f32(gamma, beta, mean, var)
    scale = gamma / np.sqrt(var + f(eps))
    return scale, beta - scale * mean


def _to_rows(x):
    return x.swapaxes(0, 1).reshape(x.shape[1], -1).T


def _to_images(rows, shape):
    n, c, h, w = shape
    return rows.T.reshape(c, n, h, w).swapaxes(0, 1)


def spatial_batchnorm_forward(x, gamma, beta, eps):
    out, cache = batchnorm_forward(_to_rows(x), gamma, beta, eps)
    return _to_images(out, x.shape), cache


def spatial_batchnorm_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(_to_rows(dout), cache)
    return _to_images(dx, dout.shape), dgamma, dbeta
