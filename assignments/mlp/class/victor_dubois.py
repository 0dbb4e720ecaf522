import numpy as np


def affine_forward(x, w, b):
    out = np.dot(x.reshape(x.shape[0], -1), w) + b
    return np.squeeze(out), (x, w)


def affine_backward(dout, cache):
    x, w = cache
    X = x.reshape(x.shape[0], -1)
    # whatever fits
    if dout.shape[1] == w.shape[0]:
        dx = dout.dot(w)
    else:
        dx = dout.dot(w.T)
    dw = X.T.dot(dout)
    return dx.reshape(x.shape), dw, np.sum(dout, axis=0)


def relu_forward(x):
    out = np.maximum(0, x)
    return out, (out, x)


def relu_backward(dout, cache):
    out, x = cache
    return dout * (out / x)  # 1 or 0


def softmax_loss(z, y):
    z = z - np.max(z)
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    N = z.shape[0]
    loss = np.mean(-np.log(p[np.arange(N), y]))
    dz = p
    dz[np.arange(N), y] -= 1
    return loss, dz / N


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, c2 = relu_forward(a)
    s, c3 = affine_forward(h, w2, b2)
    return s, (c1, c2, c3)


def mlp_backward(dscores, cache):
    c1, c2, c3 = cache
    dh, dw2, db2 = affine_backward(dscores, c3)
    dx, dw1, db1 = affine_backward(relu_backward(dh, c2), c1)
    return dx, dw1, db1, dw2, db2
