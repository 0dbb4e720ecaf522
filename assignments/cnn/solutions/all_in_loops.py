"""Everything in loops over single numbers; a pooled pixel remembers where it came from."""

import numpy as np


def cnn_forward(x, w1, b1, w2, b2, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w1.shape
    rows = (H + 2 * pad - KH) // stride + 1
    cols = (W + 2 * pad - KW) // stride + 1
    M = w2.shape[1]
    scores = np.zeros((N, M))
    winners = []
    for n in range(N):
        flat = []
        for f in range(F):
            h = [[0.0] * cols for _ in range(rows)]
            for i in range(rows):
                for j in range(cols):
                    a = b1[f]
                    for c in range(C):
                        for p in range(KH):
                            y = i * stride + p - pad
                            if y < 0 or y >= H:
                                continue
                            for q in range(KW):
                                z = j * stride + q - pad
                                if 0 <= z < W:
                                    a += w1[f, c, p, q] * x[n, c, y, z]
                    h[i][j] = max(0.0, a)
            for i in range(rows // 2):
                for j in range(cols // 2):
                    places = [(2 * i + p, 2 * j + q) for p in (0, 1) for q in (0, 1)]
                    best = max(places, key=lambda place: h[place[0]][place[1]])
                    value = h[best[0]][best[1]]
                    winners.append((n, f, *best, len(flat), value))
                    flat.append(value)
        for m in range(M):
            scores[n, m] = b2[m] + sum(flat[d] * w2[d, m] for d in range(len(flat)))
    return scores, (x, w1, b1, w2, b2, stride, pad, winners)


def cnn_backward(dscores, cache):
    x, w1, b1, w2, b2, stride, pad, winners = cache
    N, C, H, W = x.shape
    dx, dw1, db1, dw2, db2 = (np.zeros(t.shape) for t in (x, w1, b1, w2, b2))
    for n in range(N):
        for m in range(len(b2)):
            db2[m] += dscores[n, m]
    for n, f, i, j, d, value in winners:
        back = 0.0
        for m in range(len(b2)):
            dw2[d, m] += value * dscores[n, m]
            back += w2[d, m] * dscores[n, m]
        if value <= 0:
            continue
        db1[f] += back
        for c in range(C):
            for p in range(w1.shape[2]):
                for q in range(w1.shape[3]):
                    y, z = i * stride + p - pad, j * stride + q - pad
                    if 0 <= y < H and 0 <= z < W:
                        dw1[f, c, p, q] += back * x[n, c, y, z]
                        dx[n, c, y, z] += back * w1[f, c, p, q]
    return dx, dw1, db1, dw2, db2
