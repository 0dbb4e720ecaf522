# I find it easier to think about one number at a time.
import math

import numpy as np


def rows_of(x):
    rows = []
    for example in x:
        rows.append([float(v) for v in example.flatten()])
    return rows


def affine_forward(x, w, b):
    rows = rows_of(x)
    out = []
    for row in rows:
        o = []
        for m in range(w.shape[1]):
            total = float(b[m])
            for d in range(len(row)):
                total = total + row[d] * w[d][m]
            o.append(total)
        out.append(o)
    return out, [rows, w, x.shape]


def affine_backward(dout, cache):
    rows, w, shape = cache
    D, M = w.shape
    dx = np.zeros((len(rows), D))
    dw = np.zeros((D, M))
    db = np.zeros(M)
    for n in range(len(rows)):
        for m in range(M):
            g = dout[n][m]
            db[m] += g
            for d in range(D):
                dx[n][d] += g * w[d][m]
                dw[d][m] += g * rows[n][d]
    return [dx.reshape(shape), dw, db]


def relu_forward(x):
    out = np.zeros(x.shape)
    positive = []
    for place in np.ndindex(*x.shape):
        if x[place] > 0:
            out[place] = x[place]
            positive.append(place)
    return out, positive


def relu_backward(dout, cache):
    dx = np.zeros(dout.shape)
    for place in cache:
        dx[place] = dout[place]
    return dx


def softmax_loss(z, y):
    N = len(z)
    loss = 0.0
    dz = []
    for n in range(N):
        logits = [float(v) for v in z[n]]
        top = max(logits)
        logsum = top + math.log(math.fsum(math.exp(v - top) for v in logits))
        loss += (logsum - logits[y[n]]) / N
        row = []
        for c, v in enumerate(logits):
            p = math.exp(v - logsum)
            row.append((p - 1.0 if c == y[n] else p) / N)
        dz.append(row)
    return loss, dz


def mlp_forward(x, w1, b1, w2, b2):
    a, first = affine_forward(x, w1, b1)
    h, positive = relu_forward(np.array(a))
    scores, second = affine_forward(h, w2, b2)
    return scores, {'first': first, 'positive': positive, 'second': second}


def mlp_backward(dscores, cache):
    dh, dw2, db2 = affine_backward(dscores, cache['second'])
    da = relu_backward(dh, cache['positive'])
    dx, dw1, db1 = affine_backward(da, cache['first'])
    return [dx, dw1, db1, dw2, db2]
