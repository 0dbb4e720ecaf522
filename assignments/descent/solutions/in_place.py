"""Arrays that are overwritten, those that came in too, and momentum as PyTorch has it: v holds no rate."""
import numpy as np


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    n, rows = len(x), np.arange(len(x))
    moving = {id(p): (p, np.zeros_like(p)) for p in (w1, b1, w2, b2)}

    def step(p, g):
        _, v = moving[id(p)]
        v *= momentum
        v += g
        p -= rate * v

    for _ in range(steps):
        h = x @ w1
        h += b1
        np.tanh(h, out=h)
        z = h @ w2
        z += b2
        z -= z.max(axis=1)[:, None]
        np.exp(z, out=z)
        z /= z.sum(axis=1)[:, None]
        z[rows, y] -= 1
        z /= n
        da = z @ w2.T
        step(w2, h.T @ z)
        step(b2, z.sum(axis=0))
        h *= h
        da *= 1 - h
        step(w1, x.T @ da)
        step(b1, da.sum(axis=0))
    return [w1, b1, w2, b2]
