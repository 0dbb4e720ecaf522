import numpy as np


class Conv2d:
    def __init__(self, weight, bias, stride, padding):
        self.weight, self.bias = weight, bias
        self.stride, self.padding = stride, padding
        self.patches = []

    def __call__(self, x):
        self.x_shape = x.shape
        n, c, h, w = x.shape
        p = self.padding
        padded = np.zeros((n, c, h + 2 * p, w + 2 * p))
        padded[:, :, p : h + p, p : w + p] = x
        self.padded_shape = padded.shape
        kernels = self.weight.reshape(len(self.weight), -1)
        rows = []
        for top in range(0, h + 2 * p - self.weight.shape[2] + 1, self.stride):
            row = []
            for left in range(0, w + 2 * p - self.weight.shape[3] + 1, self.stride):
                patch = padded[:, :, top : top + self.weight.shape[2], left : left + self.weight.shape[3]]
                patch = patch.reshape(n, -1)
                self.patches.append((top, left, patch))
                row.append(patch @ kernels.T + self.bias)
            rows.append(np.stack(row, axis=-1))
        return np.stack(rows, axis=-2)

    def backward(self, grad):
        n, f, rows, cols = grad.shape
        kernels = self.weight.reshape(f, -1)
        kh, kw = self.weight.shape[2:]
        grad_padded = np.zeros(self.padded_shape)
        grad_kernels = np.zeros_like(kernels)
        for position, (top, left, patch) in enumerate(self.patches):
            here = grad[:, :, position // cols, position % cols]
            grad_kernels += here.T @ patch
            grad_padded[:, :, top : top + kh, left : left + kw] += (here @ kernels).reshape(n, -1, kh, kw)
        p = self.padding
        h, w = self.x_shape[2:]
        grad_x = grad_padded[:, :, p : p + h, p : p + w]
        return grad_x, grad_kernels.reshape(self.weight.shape), grad.sum(axis=0).sum(axis=-1).sum(axis=-1)


def conv_forward(x, w, b, stride, pad):
    layer = Conv2d(w, b, stride, pad)
    return layer(x), layer


def conv_backward(dout, cache):
    return cache.backward(dout)
