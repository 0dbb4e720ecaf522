import numpy as np


def groupnorm_forward(x, gamma, beta, groups, eps):
    n, c = x.shape[:2]
    size = c // groups
    out, kept = np.zeros(x.shape), []
    for i in range(n):
        for k in range(groups):
            block = x[i, k * size : (k + 1) * size]
            mu = np.sum(block) / block.size
            var = np.sum((block - mu) ** 2) / block.size
            hat = (block - mu) / (var + eps) ** 0.5
            kept.append((hat, var + eps))
            for j in range(size):
                out[i, k * size + j] = gamma[k * size + j] * hat[j] + beta[k * size + j]
    return out, {"kept": kept, "gamma": gamma, "groups": groups}


def groupnorm_backward(dout, cache):
    n, c = dout.shape[:2]
    groups, gamma = cache["groups"], cache["gamma"]
    size = c // groups
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(c), np.zeros(c)
    kept = iter(cache["kept"])
    for i in range(n):
        for k in range(groups):
            hat, total = next(kept)
            d = dout[i, k * size : (k + 1) * size]
            dhat = np.zeros(d.shape)
            for j in range(size):
                dgamma[k * size + j] += np.sum(d[j] * hat[j])
                dbeta[k * size + j] += np.sum(d[j])
                dhat[j] = d[j] * gamma[k * size + j]
            m = hat.size
            dx[i, k * size : (k + 1) * size] = (
                dhat - np.sum(dhat) / m - hat * np.sum(dhat * hat) / m
            ) / total**0.5
    return dx, dgamma, dbeta
