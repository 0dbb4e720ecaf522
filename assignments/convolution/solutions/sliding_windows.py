"""Windows as views; dx is a full correlation of the spread-out dout with the turned kernels."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _windows(padded, kernel, stride):
    return sliding_window_view(padded, kernel, axis=(2, 3))[:, :, ::stride, ::stride]


def conv_forward(x, w, b, stride, pad):
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    seen = _windows(padded, w.shape[2:], stride)
    out = np.einsum("ncijpq,fcpq->nfij", seen, w, optimize=True) + b[None, :, None, None]
    return out, {"x": x, "padded": padded, "w": w, "stride": stride, "pad": pad}


def conv_backward(dout, cache):
    padded, w, stride, pad = (cache[name] for name in ("padded", "w", "stride", "pad"))
    n, f, rows, cols = dout.shape
    kh, kw = w.shape[2:]
    height, width = padded.shape[2:]
    db = np.einsum("nfij->f", dout)
    dw = np.einsum("nfij,ncijpq->fcpq", dout, _windows(padded, (kh, kw), stride))
    spread = np.zeros((n, f, height + kh - 1, width + kw - 1), dtype=dout.dtype)
    spread[
        :, :, kh - 1 : kh - 1 + rows * stride : stride, kw - 1 : kw - 1 + cols * stride : stride
    ] = dout
    seen = sliding_window_view(spread, (kh, kw), axis=(2, 3))
    dpadded = np.einsum("nfyxpq,fcpq->ncyx", seen, w[:, :, ::-1, ::-1])
    return dpadded[:, :, pad : height - pad, pad : width - pad], dw, db
