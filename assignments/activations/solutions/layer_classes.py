"""Layers as classes; what is kept are the derivatives, computed in the forward."""

import numpy as np


class Elementwise:
    def backward(self, dout):
        return dout * self.slope


class Sigmoid(Elementwise):
    def forward(self, x):
        e = np.exp(-np.abs(x))
        self.slope = e / (1 + e) ** 2
        return np.where(x < 0, e / (1 + e), 1 / (1 + e))


class Tanh(Elementwise):
    def forward(self, x):
        e = np.exp(-2 * np.abs(x))
        self.slope = 4 * e / (1 + e) ** 2
        return np.sign(x) * -np.expm1(-2 * np.abs(x)) / (1 + e)


class LeakyReLU(Elementwise):
    def __init__(self, slope):
        self.leak = slope

    def forward(self, x):
        self.slope = np.where(x >= 0, 1.0, self.leak)
        return x * self.slope


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(-1, keepdims=True))
        self.p = e / e.sum(-1, keepdims=True)
        return self.p

    def backward(self, dout):
        jacobians = self.p[..., :, None] * (np.eye(self.p.shape[-1]) - self.p[..., None, :])
        return (jacobians @ dout[..., None])[..., 0]


def run(layer, x):
    return layer.forward(x), layer


def sigmoid_forward(x):
    return run(Sigmoid(), x)


def tanh_forward(x):
    return run(Tanh(), x)


def leaky_relu_forward(x, slope):
    return run(LeakyReLU(slope), x)


def softmax_forward(x):
    return run(Softmax(), x)


def backward(dout, cache):
    return cache.backward(dout)


sigmoid_backward = tanh_backward = leaky_relu_backward = softmax_backward = backward
