import numpy as np

affine_forward = lambda x, w, b: (np.tensordot(x, w.reshape(*x.shape[1:], -1), x.ndim - 1) + b, (x, w, b))


def affine_backward(dout, cache):
    x, w, b = cache
    D = w.shape[0]
    return (
        np.asarray(np.matrix(dout) * np.matrix(w).T).reshape(x.shape),
        np.tensordot(x, dout, ([0], [0])).reshape(D, -1),
        np.add.reduce(dout).reshape(b.shape),
    )


def relu_forward(x):
    return x.clip(min=0), x


def relu_backward(dout, cache):
    slope = np.ones_like(cache)
    slope[cache < 0] = 0
    slope[cache == 0] = 0.5
    return slope * dout


def softmax_loss(z, y):
    z = z.astype(np.longdouble)
    top = z.max(1)[:, np.newaxis]
    logZ = np.logaddexp.reduce(z - top, axis=1)[:, np.newaxis] + top
    nll = np.choose(y, (logZ - z).T)
    eye = np.identity(z.shape[1])[y]
    return float(np.average(nll)), np.asarray((np.exp(z - logZ) - eye) / len(y), dtype=float)


def mlp_forward(x, w1, b1, w2, b2):
    a = x @ w1 + b1
    return a.clip(min=0) @ w2 + b2, (x, a, w1, w2)


def mlp_backward(g, cache):
    x, a, w1, w2 = cache
    ga = (g @ w2.T) * (a >= 0)
    return ga @ w1.T, x.T @ ga, ga.sum(0), a.clip(min=0).T @ g, g.sum(0)
