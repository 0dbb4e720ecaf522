"""Layers as classes that know their mode; the functions wrap them."""

import numpy as np


class Centre:
    def forward(self, x, b):
        self.axes = (0, *range(2, x.ndim))
        self.features = b.size
        x = x + b.reshape(1, -1, *[1] * (x.ndim - 2))
        return x - x.mean(axis=self.axes, keepdims=True)

    def backward(self, dout):
        return dout - dout.mean(axis=self.axes, keepdims=True), np.zeros(self.features, dout.dtype)


class NormalisedLayer:
    def forward(self, x, w, b):
        self.x, self.w = x, w
        z = x @ w  # b is taken off again by the mean
        self.std = z.std(axis=0)
        self.out = (z - z.mean(axis=0)) / self.std
        return self.out + 0 * b

    def backward(self, dout):
        along = np.einsum("nm,nm->m", dout, self.out) / len(dout)
        dz = (dout - dout.mean(axis=0) - self.out * along) / self.std
        return np.einsum("nm,dm->nd", dz, self.w), np.einsum("nd,nm->dm", self.x, dz), 0 * self.std


class BatchNorm:
    training = True

    def __init__(self, gamma, beta, mean, var, eps):
        self.gamma, self.beta, self.mean, self.var, self.eps = gamma, beta, mean, var, eps

    def __call__(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean, var = np.average(x, axis=0), np.average((x - np.average(x, axis=0)) ** 2, axis=0)
        return self.beta + self.gamma * (x - mean) * (var + self.eps) ** -0.5


class Dropout:
    training = True

    def __init__(self, mask, p):
        self.factor = mask.astype(float) / (1 - p)

    def __call__(self, x):
        return x * self.factor if self.training else x


class Variational:
    def forward(self, x, alpha, e):
        self.x, self.e, self.root = x, e, alpha**0.5
        return x + x * self.root * e

    def backward(self, dout):
        return dout + dout * self.root * self.e, (dout * self.x * self.e / self.root).sum(axis=0) / 2


def centre_forward(x, b):
    layer = Centre()
    return layer.forward(x, b), layer


def centre_backward(dout, cache):
    return cache.backward(dout)


def normalised_forward(x, w, b):
    layer = NormalisedLayer()
    return layer.forward(x, w, b), layer


def normalised_backward(dout, cache):
    return cache.backward(dout)


def whiten(x):
    centred = x - x.mean(axis=0)
    cov = np.cov(centred, rowvar=False, bias=True).reshape(x.shape[1], x.shape[1])
    values, vectors = np.linalg.eigh(cov)
    return centred @ vectors / np.sqrt(values) @ vectors.T


def identity_parameters(x, eps):
    axes = (0, *range(2, x.ndim))
    return np.sqrt(np.var(x, axis=axes) + eps), np.mean(x, axis=axes)


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    layers = [BatchNorm(gamma, beta, running_mean, running_var, eps), Dropout(mask, p)]
    for layer in layers:
        layer.training = mode == "train"
        x = layer(x)
    return x


def variational_forward(x, alpha, e):
    layer = Variational()
    return layer.forward(x, alpha, e), layer


def variational_backward(dout, cache):
    return cache.backward(dout)
