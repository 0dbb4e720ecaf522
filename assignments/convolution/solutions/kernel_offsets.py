import numpy as np


def _offsets(w, out, stride):
    """For each weight of the kernel, the pixels of the padded image that it meets."""
    rows, cols = out.shape[2:]
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            yield p, q, slice(p, p + rows * stride, stride), slice(q, q + cols * stride, stride)


def conv_forward(x, w, b, stride, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows = (xp.shape[2] - w.shape[2]) // stride + 1
    cols = (xp.shape[3] - w.shape[3]) // stride + 1
    out = np.zeros((len(x), len(w), rows, cols), dtype=x.dtype)
    out += b.reshape(1, -1, 1, 1)
    for p, q, down, along in _offsets(w, out, stride):
        out += np.tensordot(w[:, :, p, q], xp[:, :, down, along], axes=(1, 1)).swapaxes(0, 1)
    return out, (xp, w, stride, pad)


def conv_backward(dout, cache):
    xp, w, stride, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for p, q, down, along in _offsets(w, dout, stride):
        dw[:, :, p, q] = np.tensordot(dout, xp[:, :, down, along], axes=((0, 2, 3), (0, 2, 3)))
        dxp[:, :, down, along] += np.tensordot(w[:, :, p, q], dout, axes=(0, 1)).swapaxes(0, 1)
    height, width = xp.shape[2:]
    return dxp[:, :, pad : height - pad, pad : width - pad], dw, dout.sum((0, 2, 3))
