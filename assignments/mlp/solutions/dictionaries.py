import numpy as np


def affine_forward(x, w, b):
    cache = {"x": x, "w": w, "b": b, "flat": x.reshape(x.shape[0], w.shape[0])}
    cache["out"] = np.dot(cache["flat"], w) + b
    return cache["out"], cache


def affine_backward(dout, cache):
    grads = {}
    grads["x"] = np.dot(cache["w"], dout.T).T.reshape(cache["x"].shape)
    grads["w"] = np.dot(dout.T, cache["flat"]).T
    grads["b"] = np.dot(np.ones(dout.shape[0]), dout)
    return [grads["x"], grads["w"], grads["b"]]


def relu_forward(x):
    out = np.where(x > 0, x, 0)
    return out, {"out": out}


def relu_backward(dout, cache):
    return np.where(cache["out"] > 0, 1, 0) * dout


def softmax_jacobian(p):
    return np.diag(p) - np.outer(p, p)


def softmax_loss(z, y):
    n = z.shape[0]
    total = 0
    dz = np.zeros(z.shape)
    for i in range(n):
        row = z[i] - np.max(z[i])
        # logsumexp
        log_p = row - np.log(np.sum(np.exp(row)))
        total -= log_p[y[i]]
        # chain through log softmax: column y of I - 1 p^T
        p = np.exp(log_p)
        dlog = np.zeros(z.shape[1])
        dlog[y[i]] = -1.0 / n
        dz[i] = dlog - p * dlog.sum()
    return total / n, dz


def mlp_forward(x, w1, b1, w2, b2):
    cache = {}
    a, cache["affine1"] = affine_forward(x, w1, b1)
    h, cache["relu"] = relu_forward(a)
    scores, cache["affine2"] = affine_forward(h, w2, b2)
    return scores, cache


def mlp_backward(dscores, cache):
    grads = {}
    dh, grads["w2"], grads["b2"] = affine_backward(dscores, cache["affine2"])
    da = relu_backward(dh, cache["relu"])
    dx, grads["w1"], grads["b1"] = affine_backward(da, cache["affine1"])
    return dx, grads["w1"], grads["b1"], grads["w2"], grads["b2"]
