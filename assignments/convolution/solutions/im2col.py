import numpy as np


def im2col_indices(x_shape, field_height, field_width, padding, stride):
    _, C, H, W = x_shape
    out_height = (H + 2 * padding - field_height) // stride + 1
    out_width = (W + 2 * padding - field_width) // stride + 1
    i0 = np.tile(np.repeat(np.arange(field_height), field_width), C)
    i1 = stride * np.repeat(np.arange(out_height), out_width)
    j0 = np.tile(np.arange(field_width), field_height * C)
    j1 = stride * np.tile(np.arange(out_width), out_height)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), field_height * field_width).reshape(-1, 1)
    return (k, i, j), out_height, out_width


def conv_forward(x, w, b, stride, pad):
    n = x.shape[0]
    f, c, kh, kw = w.shape
    (k, i, j), height, width = im2col_indices(x.shape, kh, kw, pad, stride)
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = x_padded[:, k, i, j].transpose(1, 2, 0).reshape(c * kh * kw, -1)
    out = w.reshape(f, -1).dot(cols) + b.reshape(-1, 1)
    out = out.reshape(f, height, width, n).transpose(3, 0, 1, 2)
    return out, (x.shape, w, cols, stride, pad)


def conv_backward(dout, cache):
    shape, w, cols, stride, pad = cache
    n, c, h, width = shape
    f, _, kh, kw = w.shape
    db = np.sum(dout, axis=(0, 2, 3))
    dout_flat = dout.transpose(1, 2, 3, 0).reshape(f, -1)
    dw = dout_flat.dot(cols.T).reshape(w.shape)
    dcols = w.reshape(f, -1).T.dot(dout_flat)
    k, i, j = im2col_indices(shape, kh, kw, pad, stride)[0]
    dcols = dcols.reshape(c * kh * kw, -1, n).transpose(2, 0, 1)
    dx = np.zeros((n, c, h + 2 * pad, width + 2 * pad), dtype=dcols.dtype)
    np.add.at(dx, (slice(None), k, i, j), dcols)
    if pad > 0:
        dx = dx[:, :, pad:-pad, pad:-pad]
    return dx, dw, db
