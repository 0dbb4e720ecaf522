import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    out = x.reshape(N, -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(N, -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = np.where(x > 0, dout, 0)
    return dx


def softmax_loss(z, y):
    N = z.shape[0]
    shifted = z - np.max(z, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dz = probs.copy()
    dz[np.arange(N), y] -= 1
    dz /= N
    return loss, dz


def mlp_forward(x, w1, b1, w2, b2):
    a, fc1 = affine_forward(x, w1, b1)
    h, relu = relu_forward(a)
    scores, fc2 = affine_forward(h, w2, b2)
    return scores, (fc1, relu, fc2)


def mlp_backward(dscores, cache):
    fc1, relu, fc2 = cache
    dh, dw2, db2 = affine_backward(dscores, fc2)
    da = relu_backward(dh, relu)
    dx, dw1, db1 = affine_backward(da, fc1)
    return dx, dw1, db1, dw2, db2
