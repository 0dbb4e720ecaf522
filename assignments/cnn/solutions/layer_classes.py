import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Layer:
    def params(self):
        return ()


class Conv(Layer):
    def __init__(self, w, b, stride, pad):
        self.w, self.b, self.stride, self.pad = w, b, stride, pad

    def forward(self, x):
        p, s = self.pad, self.stride
        self.xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        self.seen = sliding_window_view(self.xp, self.w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
        return np.einsum("ncijpq,fcpq->nfij", self.seen, self.w) + self.b[:, None, None]

    def backward(self, d):
        self.db = d.sum((0, 2, 3))
        self.dw = np.einsum("ncijpq,nfij->fcpq", self.seen, d)
        dxp = np.zeros_like(self.xp)
        s, (rows, cols) = self.stride, d.shape[2:]
        for p in range(self.w.shape[2]):
            for q in range(self.w.shape[3]):
                dxp[:, :, p : p + s * rows : s, q : q + s * cols : s] += np.einsum(
                    "nfij,fc->ncij", d, self.w[:, :, p, q]
                )
        h, w = self.xp.shape[2:]
        return dxp[:, :, self.pad : h - self.pad, self.pad : w - self.pad]


class ReLU(Layer):
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, d):
        return d * self.mask


class MaxPool(Layer):
    def forward(self, x):
        self.shape = x.shape
        quarters = self.quarters(x)
        out = np.maximum.reduce(quarters)
        ties = [q == out for q in quarters]
        total = sum(t.astype(float) for t in ties)
        self.shares = [t / total for t in ties]
        return out

    @staticmethod
    def quarters(x):
        x = x[:, :, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
        return [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]

    def backward(self, d):
        dx = np.zeros(self.shape)
        for quarter, share in zip(self.quarters(dx), self.shares):
            quarter += share * d
        return dx


class Flatten(Layer):
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, d):
        return d.reshape(self.shape)


class Dense(Layer):
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, d):
        self.dw, self.db = self.x.T @ d, d.sum(0)
        return d @ self.w.T


def cnn_forward(x, w1, b1, w2, b2, stride, pad):
    net = [Conv(w1, b1, stride, pad), ReLU(), MaxPool(), Flatten(), Dense(w2, b2)]
    for layer in net:
        x = layer.forward(x)
    return x, net


def cnn_backward(dscores, net):
    d = dscores
    for layer in net[::-1]:
        d = layer.backward(d)
    return d, net[0].dw, net[0].db, net[-1].dw, net[-1].db
