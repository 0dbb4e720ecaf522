import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def gradients(x, y, w1, b1, w2, b2):
    n = len(x)
    h = np.tanh(x @ w1 + b1)
    dz = softmax(h @ w2 + b2)
    dz[np.arange(n), y] -= 1
    dz /= n
    da = (dz @ w2.T) * (1 - h**2)
    return x.T @ da, da.sum(axis=0), h.T @ dz, dz.sum(axis=0)


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    params = [w1, b1, w2, b2]
    velocity = [np.zeros_like(p) for p in params]
    for _ in range(steps):
        grads = gradients(x, y, *params)
        velocity = [momentum * v - rate * g for v, g in zip(velocity, grads)]
        params = [p + v for p, v in zip(params, velocity)]
    return tuple(params)
