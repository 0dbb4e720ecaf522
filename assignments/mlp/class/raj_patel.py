import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * np.maximum(cache, 0)


def cross_entropy(p, y):
    n = len(y)
    q = softmax(p)
    loss = -np.log(q[np.arange(n), y]).mean()
    q[np.arange(n), y] -= 1
    return loss, q / n


def softmax_loss(z, y):
    return cross_entropy(softmax(z), y)


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, c = relu_forward(a)
    s, c2 = affine_forward(h, w2, b2)
    return softmax(s), (c1, c, c2)  # class probabilities


def mlp_backward(dscores, cache):
    c1, c, c2 = cache
    dh, dw2, db2 = affine_backward(dscores, c2)
    dx, dw1, db1 = affine_backward(relu_backward(dh, c), c1)
    return dx, dw1, db1, dw2, db2
