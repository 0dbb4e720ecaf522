import numpy as np


def indices(length, size, stride):
    return np.arange(0, length - size + 1, stride)[:, None] + np.arange(size)


def cnn_forward(x, w1, b1, w2, b2, stride, pad):
    n, c, h, w = x.shape
    f, _, kh, kw = w1.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    i = indices(xp.shape[2], kh, stride)[:, None, :, None]
    j = indices(xp.shape[3], kw, stride)[None, :, None, :]
    cols = xp[:, :, i, j].transpose(0, 2, 3, 1, 4, 5)
    rows_out, cols_out = cols.shape[1:3]
    cols = cols.reshape(n * rows_out * cols_out, c * kh * kw)
    a = cols @ w1.reshape(f, -1).T + b1
    a = a.reshape(n, rows_out, cols_out, f).transpose(0, 3, 1, 2)
    active = a > 0
    relu = np.where(active, a, 0)
    h2, w2_ = rows_out // 2, cols_out // 2
    tiles = relu[:, :, : 2 * h2, : 2 * w2_].reshape(n, f, h2, 2, w2_, 2).transpose(0, 1, 2, 4, 3, 5)
    tiles = tiles.reshape(n, f, h2, w2_, 4)
    winner = tiles.argmax(-1)
    flat = tiles.max(-1).reshape(n, -1)
    cache = dict(xp=xp, cols=cols, w1=w1, i=i, j=j, active=active, winner=winner, flat=flat, w2=w2, pad=pad)
    return flat @ w2 + b2, cache


def cnn_backward(dscores, k):
    n, f, h2, w2_ = k["winner"].shape
    db2 = dscores.sum(0)
    dw2 = k["flat"].T @ dscores
    dflat = dscores @ k["w2"].T
    one_hot = np.eye(4)[k["winner"]]
    dtiles = one_hot * dflat.reshape(n, f, h2, w2_, 1)
    da = np.zeros(k["active"].shape)
    da[:, :, : 2 * h2, : 2 * w2_] = (
        dtiles.reshape(n, f, h2, w2_, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, f, 2 * h2, 2 * w2_)
    )
    da *= k["active"]
    db1 = da.sum((0, 2, 3))
    da_rows = da.transpose(0, 2, 3, 1).reshape(-1, f)
    dw1 = (da_rows.T @ k["cols"]).reshape(k["w1"].shape)
    dcols = da_rows @ k["w1"].reshape(f, -1)
    c, kh, kw = k["w1"].shape[1:]
    dcols = dcols.reshape(n, *da.shape[2:], c, kh, kw).transpose(0, 3, 1, 2, 4, 5)
    dxp = np.zeros(k["xp"].shape)
    np.add.at(dxp, (slice(None), slice(None), k["i"], k["j"]), dcols)
    pad = k["pad"]
    return dxp[:, :, pad : dxp.shape[2] - pad, pad : dxp.shape[3] - pad], dw1, db1, dw2, db2
