import numpy as np


def outputs(length, size, stride):
    count = 0
    while count * stride + size <= length:
        count += 1
    return count


def max_pool_forward(x, size, stride):
    n, c, h, w = x.shape
    rows, cols = outputs(h, size, stride), outputs(w, size, stride)
    out = np.empty((n, c, rows, cols))
    where = {}
    for a in range(n):
        for b in range(c):
            for i in range(rows):
                for j in range(cols):
                    best = -float("inf")
                    for p in range(size):
                        for q in range(size):
                            value = x[a, b, i * stride + p, j * stride + q]
                            if value > best:
                                best = value
                                where[a, b, i, j] = (a, b, i * stride + p, j * stride + q)
                    out[a, b, i, j] = best
    return out, {"where": where, "shape": x.shape}


def max_pool_backward(dout, cache):
    dx = np.zeros(cache["shape"])
    for here, there in cache["where"].items():
        dx[there] += dout[here]
    return dx


def avg_pool_forward(x, size, stride):
    n, c, h, w = x.shape
    rows, cols = outputs(h, size, stride), outputs(w, size, stride)
    out = np.empty((n, c, rows, cols))
    for a in range(n):
        for b in range(c):
            for i in range(rows):
                for j in range(cols):
                    total = 0.0
                    for p in range(size):
                        for q in range(size):
                            total += x[a, b, i * stride + p, j * stride + q]
                    out[a, b, i, j] = total / size**2
    return out, (x.shape, size, stride)


def avg_pool_backward(dout, cache):
    shape, size, stride = cache
    dx = np.zeros(shape)
    for a, b, i, j in np.ndindex(dout.shape):
        for p in range(size):
            for q in range(size):
                dx[a, b, i * stride + p, j * stride + q] += dout[a, b, i, j] / size**2
    return dx
