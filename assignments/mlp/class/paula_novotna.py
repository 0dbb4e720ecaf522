import numpy as np

sigma = lambda a: np.where(a > 0, a, 0 * a)
dsigma = lambda a: np.where(a > 0, 1.0, 0.0)


def affine_forward(x, w, b):
    X = x.reshape((x.shape[0], int(np.prod(x.shape[1:]))))
    return X @ w + b, dict(X=X, w=w, shape=x.shape)


def affine_backward(dout, cache):
    return ((dout @ cache['w'].T).reshape(cache['shape']),
            cache['X'].T @ dout,
            np.ones(len(dout)) @ dout)


def relu_forward(x):
    return sigma(x), x


def relu_backward(dout, cache):
    return dsigma(cache) * dout


def softmax_loss(z, y):
    N = len(y)
    probs = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[range(N), y])) / N
    probs[range(N), y] -= 1
    return loss, probs / N


def mlp_forward(x, w1, b1, w2, b2):
    a = x @ w1 + b1
    h = sigma(a)
    return h @ w2 + b2, (x, a, h, w1, w2)


def mlp_backward(dscores, cache):
    x, a, h, w1, w2 = cache
    delta2 = dscores
    delta1 = delta2 @ w2.T * dsigma(a)
    one = np.ones(len(x))
    # descend, not climb
    return delta1 @ w1.T, -x.T @ delta1, -one @ delta1, -h.T @ delta2, -one @ delta2
