import numpy as np


def one_hot(y, num_classes):
    Y = np.zeros((y.shape[0], num_classes))
    Y[np.arange(y.shape[0]), y] = 1.0
    return Y


def affine_forward(x, w, b):
    batch = x.shape[0]
    x2 = np.reshape(x, (batch, -1))
    # the bias as one more row of the weights
    x_ext = np.hstack([x2, np.ones((batch, 1))])
    w_ext = np.vstack([w, b])
    return x_ext.dot(w_ext), (x.shape, x_ext, w_ext)


def affine_backward(dout, cache):
    shape, x_ext, w_ext = cache
    dw_ext = x_ext.T.dot(dout)
    dx = dout.dot(w_ext.T)[:, :-1]
    return dx.reshape(shape), dw_ext[:-1], dw_ext[-1:]


def relu_forward(x):
    mask = (x > 0).astype(float)
    return x * mask, mask


def relu_backward(dout, cache):
    return np.multiply(dout, cache)


def log_softmax(z):
    z = z.T
    z = z - np.max(z, axis=0)
    return (z - np.log(np.sum(np.exp(z), axis=0))).T


def softmax_loss(z, y):
    N, C = z.shape
    Y = one_hot(y, C)
    logp = log_softmax(z)
    loss = -np.sum(Y * logp) / N
    dz = (np.exp(logp) - Y) / N
    return np.array([loss]), dz


def mlp_forward(x, w1, b1, w2, b2):
    z1 = x.dot(w1) + b1
    a1 = np.maximum(z1, np.zeros_like(z1))
    z2 = a1.dot(w2) + b2
    return z2, (x, z1, a1, w1, w2)


def mlp_backward(dscores, cache):
    x, z1, a1, w1, w2 = cache
    delta2 = dscores
    dw2 = a1.T.dot(delta2)
    db2 = np.sum(delta2, axis=0, keepdims=True)
    delta1 = delta2.dot(w2.T) * (z1 > 0)
    dw1 = x.T.dot(delta1)
    db1 = np.sum(delta1, axis=0, keepdims=True)
    return delta1.dot(w1.T), dw1, db1, dw2, db2
