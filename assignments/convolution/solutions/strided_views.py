import numpy as np
from numpy.lib.stride_tricks import as_strided


def patches(xp, kh, kw, stride):
    n, c, h, w = xp.shape
    sn, sc, sh, sw = xp.strides
    shape = (n, (h - kh) // stride + 1, (w - kw) // stride + 1, c, kh, kw)
    return as_strided(xp, shape, (sn, sh * stride, sw * stride, sc, sh, sw))


def conv_forward(x, w, b, stride, pad):
    xp = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad), x.dtype)
    xp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
    seen = patches(xp, w.shape[2], w.shape[3], stride)
    out = np.tensordot(seen, w, axes=((3, 4, 5), (1, 2, 3))) + b
    return out.transpose(0, 3, 1, 2), [x.shape, xp, w, stride, pad]


def conv_backward(dout, cache):
    shape, xp, w, stride, pad = cache
    seen = patches(xp, w.shape[2], w.shape[3], stride)
    dw = np.tensordot(dout, seen, axes=((0, 2, 3), (0, 1, 2)))
    dseen = np.tensordot(dout, w, axes=((1,), (0,)))
    dxp = np.zeros_like(xp)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = np.s_[:, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
            dxp[window] += dseen[:, i, j]
    dx = dxp[:, :, pad : pad + shape[2], pad : pad + shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3))
