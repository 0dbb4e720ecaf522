import numpy as np


class Module(object):
    def __init__(self):
        self.grads = {}

    def __call__(self, *args):
        return self.forward(*args)


class Linear(Module):
    def __init__(self, w, b):
        Module.__init__(self)
        self.w = w
        self.b = b.reshape(1, -1)

    def forward(self, x):
        self.shape = x.shape
        self.x = np.reshape(x, (len(x), np.prod(x.shape[1:])))
        return np.matmul(self.x, self.w) + self.b

    def backward(self, grad):
        self.grads['w'] = np.matmul(np.transpose(self.x), grad)
        # same shape as self.b: (1, M)
        self.grads['b'] = np.sum(grad, axis=0, keepdims=True)
        return np.reshape(np.matmul(grad, np.transpose(self.w)), self.shape)


class ReLU(Module):
    def forward(self, x):
        self.mask = (x > 0).astype(x.dtype)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class Sequential(Module):
    def __init__(self, *modules):
        Module.__init__(self)
        self.modules = modules

    def forward(self, x):
        for module in self.modules:
            x = module(x)
        return x

    def backward(self, grad):
        for module in reversed(self.modules):
            grad = module.backward(grad)
        return grad


class CrossEntropy(Module):
    def forward(self, z, y):
        z = z - np.amax(z, axis=-1, keepdims=True)
        self.p = np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)
        self.y = y
        # log p directly, p itself may be 0
        logp = z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))
        return -np.mean(np.take_along_axis(logp, y[:, None], axis=1), axis=0)

    def backward(self):
        target = np.zeros_like(self.p)
        np.put_along_axis(target, self.y[:, None], 1, axis=1)
        return (self.p - target) / self.p.shape[0]


def affine_forward(x, w, b):
    layer = Linear(w, b)
    return layer(x), layer


def affine_backward(dout, layer):
    dx = layer.backward(dout)
    return dx, layer.grads['w'], layer.grads['b']


def relu_forward(x):
    layer = ReLU()
    return layer(x), layer


def relu_backward(dout, layer):
    return layer.backward(dout)


def softmax_loss(z, y):
    loss = CrossEntropy()
    return loss(z, y), loss.backward()


def mlp_forward(x, w1, b1, w2, b2):
    net = Sequential(Linear(w1, b1), ReLU(), Linear(w2, b2))
    return net(x), net


def mlp_backward(dscores, net):
    dx = net.backward(dscores)
    one, _, two = net.modules
    return dx, one.grads['w'], one.grads['b'], two.grads['w'], two.grads['b']
