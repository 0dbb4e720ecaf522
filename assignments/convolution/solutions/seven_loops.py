import numpy as np


def conv_forward(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    H_out = 1 + (H + 2 * pad - KH) // stride
    W_out = 1 + (W + 2 * pad - KW) // stride
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    total = b[f]
                    for c in range(C):
                        for p in range(KH):
                            for q in range(KW):
                                row = i * stride + p - pad
                                col = j * stride + q - pad
                                if 0 <= row < H and 0 <= col < W:
                                    total += x[n, c, row, col] * w[f, c, p, q]
                    out[n, f, i, j] = total
    return out, (x, w, b, stride, pad)


def conv_backward(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    d = dout[n, f, i, j]
                    db[f] += d
                    for c in range(C):
                        for p in range(KH):
                            for q in range(KW):
                                row = i * stride + p - pad
                                col = j * stride + q - pad
                                if 0 <= row < H and 0 <= col < W:
                                    dx[n, c, row, col] += w[f, c, p, q] * d
                                    dw[f, c, p, q] += x[n, c, row, col] * d
    return dx, dw, db
