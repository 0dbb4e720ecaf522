"""One feature at a time, with plain loops."""
import numpy as np


def _forward_1d(v, g, b, eps):
    n = len(v)
    mean = 0.0
    for a in v:
        mean += a
    mean /= n
    var = 0.0
    for a in v:
        var += (a - mean) ** 2
    var /= n
    std = np.sqrt(var + eps)
    xhat = np.zeros(n)
    for i in range(n):
        xhat[i] = (v[i] - mean) / std
    return g * xhat + b, xhat, std


def _backward_1d(d, xhat, std, g):
    n = len(d)
    db = 0.0
    dg = 0.0
    for i in range(n):
        db += d[i]
        dg += d[i] * xhat[i]
    dx = np.zeros(n)
    for i in range(n):
        dx[i] = g / std * (d[i] - db / n - xhat[i] * dg / n)
    return dx, dg, db


def batchnorm_forward(x, gamma, beta, eps):
    out = np.zeros(x.shape)
    cache = {'xhat': np.zeros(x.shape), 'std': [], 'gamma': gamma}
    for j in range(x.shape[1]):
        out[:, j], cache['xhat'][:, j], std = _forward_1d(x[:, j], gamma[j], beta[j], eps)
        cache['std'].append(std)
    return out, cache


def batchnorm_backward(dout, cache):
    dx = np.zeros(dout.shape)
    dgamma = np.zeros(dout.shape[1])
    dbeta = np.zeros(dout.shape[1])
    for j in range(dout.shape[1]):
        dx[:, j], dgamma[j], dbeta[j] = _backward_1d(
            dout[:, j], cache['xhat'][:, j], cache['std'][j], cache['gamma'][j])
    return dx, dgamma, dbeta


def running_statistics(x, running_mean, running_var, momentum):
    new_mean = np.zeros(len(running_mean))
    new_var = np.zeros(len(running_var))
    for j in range(x.shape[1]):
        column = x[:, j]
        m = sum(column) / len(column)
        v = sum((column - m) ** 2) / len(column)
        new_mean[j] = momentum * m + (1 - momentum) * running_mean[j]
        new_var[j] = momentum * v + (1 - momentum) * running_var[j]
    return new_mean, new_var


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    out = np.zeros(x.shape)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = gamma[j] * (x[i, j] - mean[j]) / (var[j] + eps) ** 0.5 + beta[j]
    return out


def batchnorm_fold(gamma, beta, mean, var, eps):
    scale, shift = [], []
    for g, b, m, v in zip(gamma, beta, mean, var):
        s = g / (v + eps) ** 0.5
        scale.append(s)
        shift.append(b - s * m)
    return np.array(scale), np.array(shift)


def spatial_batchnorm_forward(x, gamma, beta, eps):
    N, C, H, W = x.shape
    out = np.zeros(x.shape)
    caches = []
    for c in range(C):
        flat, xhat, std = _forward_1d(x[:, c].flatten(), gamma[c], beta[c], eps)
        out[:, c] = flat.reshape(N, H, W)
        caches.append((xhat, std, gamma[c]))
    return out, caches


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx = np.zeros(dout.shape)
    dgamma, dbeta = np.zeros(C), np.zeros(C)
    for c in range(C):
        flat, dgamma[c], dbeta[c] = _backward_1d(dout[:, c].flatten(), *cache[c])
        dx[:, c] = flat.reshape(N, H, W)
    return dx, dgamma, dbeta
