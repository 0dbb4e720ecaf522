import numpy as np


class Parameter:
    def __init__(self, value):
        self.value = value.copy()
        self.grad = np.zeros_like(value)


class Linear:
    def __init__(self, w, b):
        self.w, self.b = Parameter(w), Parameter(b)

    def forward(self, x):
        self.x = x
        return x.dot(self.w.value) + self.b.value

    def backward(self, dout):
        self.w.grad = self.x.T.dot(dout)
        self.b.grad = dout.sum(0)
        return dout.dot(self.w.value.T)

    def parameters(self):
        return [self.w, self.b]


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out * self.out)

    def parameters(self):
        return []


class CrossEntropy:
    def __init__(self, y):
        self.y = y

    def __call__(self, z):
        z = z - z.max(1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(1, keepdims=True))
        right = np.eye(z.shape[1], dtype=z.dtype)[self.y]
        self.dz = (np.exp(logp) - right) / len(z)
        return -(logp * right).sum() / len(z)


class Momentum:
    """The lectures' sign: u is what is taken off."""

    def __init__(self, parameters, rate, momentum):
        self.parameters, self.rate, self.momentum = parameters, rate, momentum
        self.u = [np.zeros_like(p.value) for p in parameters]

    def step(self):
        for i, p in enumerate(self.parameters):
            self.u[i] = self.momentum * self.u[i] + self.rate * p.grad
            p.value = p.value - self.u[i]


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    layers = [Linear(w1, b1), Tanh(), Linear(w2, b2)]
    parameters = [p for layer in layers for p in layer.parameters()]
    optimiser = Momentum(parameters, rate, momentum)
    loss = CrossEntropy(y)
    for _ in range(steps):
        out = x
        for layer in layers:
            out = layer.forward(out)
        loss(out)
        dout = loss.dz
        for layer in reversed(layers):
            dout = layer.backward(dout)
        optimiser.step()
    return tuple(p.value for p in parameters)
