import numpy as np


class Layer:
    def __call__(self, *args):
        return self.forward(*args)


class Linear(Layer):
    def __init__(self, weight, bias):
        self.W = weight
        self.b = bias

    def forward(self, x):
        self.in_shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return np.matmul(self.x, self.W) + self.b

    def backward(self, grad):
        self.dW = np.matmul(self.x.T, grad)
        self.db = grad.sum(0, keepdims=True)
        return np.matmul(grad, self.W.T).reshape(self.in_shape)


class ReLU(Layer):
    def forward(self, x):
        self.mask = x <= 0
        y = x.copy()
        y[self.mask] = 0
        return y

    def backward(self, grad):
        g = grad.copy()
        g[self.mask] = 0
        return g


class Sequential(Layer):
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return x

    def backward(self, grad):
        for l in reversed(self.layers):
            grad = l.backward(grad)
        return grad


class CrossEntropy(Layer):
    def forward(self, z, y):
        z = z - z.max(1, keepdims=True)
        self.p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        self.y = y
        rows = np.arange(len(y))
        return np.mean(np.log(np.exp(z).sum(1)) - z[rows, y])

    def backward(self):
        g = self.p
        g[np.arange(len(self.y)), self.y] -= 1
        return g / len(self.y)


def affine_forward(x, w, b):
    layer = Linear(w, b)
    return layer(x), layer


def affine_backward(dout, cache):
    dx = cache.backward(dout)
    return dx, cache.dW, cache.db


def relu_forward(x):
    layer = ReLU()
    return layer(x), layer


def relu_backward(dout, cache):
    return cache.backward(dout)


def softmax_loss(z, y):
    criterion = CrossEntropy()
    loss = criterion(z, y)
    return loss, criterion.backward()


def mlp_forward(x, w1, b1, w2, b2):
    net = Sequential(Linear(w1, b1), ReLU(), Linear(w2, b2))
    return net(x), net


def mlp_backward(dscores, cache):
    dx = cache.backward(dscores)
    first, _, second = cache.layers
    return dx, first.dW, first.db, second.dW, second.db
