"""A loop over the places within a window: the last of several equal maxima wins."""

import numpy as np


class Pool:
    def __init__(self, x, size, stride):
        self.shape, self.size, self.stride = x.shape, size, stride
        self.rows, self.cols = ((n - size) // stride + 1 for n in x.shape[2:])

    def places(self):
        for p in range(self.size):
            for q in range(self.size):
                down = slice(p, p + self.rows * self.stride, self.stride)
                along = slice(q, q + self.cols * self.stride, self.stride)
                yield (Ellipsis, down, along)


def max_pool_forward(x, size, stride):
    pool = Pool(x, size, stride)
    out, pool.winner = None, None
    for k, place in enumerate(pool.places()):
        here = x[place]
        if out is None:
            out, pool.winner = here.copy(), np.zeros(here.shape, int)
        else:
            pool.winner[here >= out] = k
            out = np.maximum(out, here)
    return out, pool


def max_pool_backward(dout, pool):
    dx = np.zeros(pool.shape, dout.dtype)
    for k, place in enumerate(pool.places()):
        dx[place] += np.where(pool.winner == k, dout, 0)
    return dx


def avg_pool_forward(x, size, stride):
    pool = Pool(x, size, stride)
    return sum(x[place] for place in pool.places()) / size**2, pool


def avg_pool_backward(dout, pool):
    dx = np.zeros(pool.shape, dout.dtype)
    for place in pool.places():
        dx[place] += dout / pool.size**2
    return dx
