from builtins import range
import numpy as np


def affine_forward(x, w, b):
    out = None
    N = x.shape[0]
    D = np.prod(x.shape[1:])
    out = x.reshape(N, D).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    dx, x = None, cache
    dx = dout * (x > 0)
    return dx


def softmax_loss(x, y):
    shifted_logits = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, fc_cache)


def mlp_forward(x, w1, b1, w2, b2):
    h, cache1 = affine_relu_forward(x, w1, b1)
    scores, cache2 = affine_forward(h, w2, b2)
    return scores, (cache1, cache2)


def mlp_backward(dscores, cache):
    cache1, cache2 = cache
    dh, dw2, db2 = affine_backward(dscores, cache2)
    dx, dw1, db1 = affine_relu_backward(dh, cache1)
    return dx, dw1, db1, dw2, db2
