import numpy as np

F = np.float32  # as on the GPU


def affine_forward(x, w, b):
    x, w, b = x.astype(F), w.astype(F), b.astype(F)
    return x.reshape(x.shape[0], -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dout = dout.astype(F)
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    return dx, dw, dout.sum(axis=0)


def relu_forward(x):
    x = x.astype(F)
    return x * (x > 0), x > 0


def relu_backward(dout, cache):
    return dout.astype(F) * cache


def softmax_loss(z, y):
    z = z.astype(F)
    z = z - z.max(axis=1, keepdims=True)
    logsum = np.log(np.exp(z).sum(axis=1))
    N = F(len(y))
    rows = np.arange(len(y))
    loss = (logsum - z[rows, y]).sum() / N
    dz = np.exp(z - logsum[:, None])
    dz[rows, y] -= F(1)
    return loss, dz / N


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, mask = relu_forward(a)
    s, c2 = affine_forward(h, w2, b2)
    return s, [c1, mask, c2]


def mlp_backward(dscores, cache):
    c1, mask, c2 = cache
    dh, dw2, db2 = affine_backward(dscores, c2)
    dx, dw1, db1 = affine_backward(relu_backward(dh, mask), c1)
    return dx, dw1, db1, dw2, db2
