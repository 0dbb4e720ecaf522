"""Each window a column, as in im2col; side by side, a reshape is enough."""

import numpy as np


def _index(x, size, stride):
    h, w = x.shape[-2:]
    rows = np.arange(0, h - size + 1, stride)
    cols = np.arange(0, w - size + 1, stride)
    inner = np.arange(size)
    i = rows[:, None, None, None] + inner[None, None, :, None]
    j = cols[None, :, None, None] + inner[None, None, None, :]
    i, j = np.broadcast_arrays(i, j)
    return i.reshape(-1, size * size).T, j.reshape(-1, size * size).T, (len(rows), len(cols))


def _columns(x, size, stride):
    i, j, shape = _index(x, size, stride)
    images = x.reshape(-1, *x.shape[2:])
    return images[:, i, j], (i, j), (*x.shape[:2], *shape)


def _back(columns, where, shape):
    images = np.zeros((shape[0] * shape[1], *shape[2:]), columns.dtype)
    np.add.at(images, (slice(None), *where), columns)
    return images.reshape(shape)


def max_pool_forward(x, size, stride):
    n, c, h, w = x.shape
    if size == stride and h % size == 0 and w % size == 0:
        tiles = x.reshape(n, c, h // size, size, w // size, size)
        out = tiles.max(axis=3).max(axis=4)
        return out, ("tiles", tiles, out)
    columns, where, shape = _columns(x, size, stride)
    winner = columns.argmax(axis=1)
    return columns.max(axis=1).reshape(shape), ("columns", columns.shape, winner, where, x.shape)


def max_pool_backward(dout, cache):
    kind, *rest = cache
    if kind == "tiles":
        tiles, out = rest
        mask = tiles == out[:, :, :, None, :, None]
        dtiles = mask * dout[:, :, :, None, :, None]
        dtiles = dtiles / mask.sum(axis=(3, 5), keepdims=True)
        n, c, h, size, w, _ = tiles.shape
        return dtiles.reshape(n, c, h * size, w * size)
    shape, winner, where, x_shape = rest
    columns = np.zeros(shape, dout.dtype)
    flat = dout.reshape(winner.shape)
    a, b = np.indices(winner.shape)
    columns[a, winner, b] = flat
    return _back(columns, where, x_shape)


def avg_pool_forward(x, size, stride):
    columns, where, shape = _columns(x, size, stride)
    return columns.mean(axis=1).reshape(shape), (columns.shape, where, x.shape)


def avg_pool_backward(dout, cache):
    shape, where, x_shape = cache
    part = dout.reshape(shape[0], 1, shape[2]) / shape[1]
    return _back(np.repeat(part, shape[1], axis=1), where, x_shape)
