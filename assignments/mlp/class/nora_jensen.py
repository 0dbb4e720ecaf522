import numpy as np


def affine_forward(x, w, b):
    # like in MATLAB: columns first
    X = np.reshape(x, (x.shape[0], -1), order='F')
    return X.dot(w) + b, (X, w, x.shape)


def affine_backward(dout, cache):
    X, w, shape = cache
    dx = np.reshape(dout.dot(w.T), shape, order='F')
    return dx, X.T.dot(dout), dout.sum(axis=0)


def relu_forward(x):
    out = x * (x > 0)
    return out, out


def relu_backward(dout, out):
    return dout * (out > 0)


def softmax_loss(z, y):
    N = z.shape[0]
    z = z - z.max(axis=1)[:, None]
    e = np.exp(z)
    total = e.sum(axis=1)
    loss = np.log(total) - z[np.arange(N), y]
    p = e / total[:, None]
    p[np.arange(N), y] -= 1
    return loss.mean(), p / N


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, c2 = relu_forward(a)
    s, c3 = affine_forward(h, w2, b2)
    return s, (c1, c2, c3)


def mlp_backward(dscores, cache):
    c1, c2, c3 = cache
    grads = []
    d, dw, db = affine_backward(dscores, c3)
    grads += [dw, db]
    d, dw, db = affine_backward(relu_backward(d, c2), c1)
    grads += [dw, db]
    return [d] + grads
