import numpy as np


class Dropout:
    def __init__(self, p, channels=False):
        self.p = p
        self.channels = channels
        self.training = True
        self.mask = None

    def forward(self, x):
        if not self.training:
            self.mask = np.ones_like(x)
            return x
        shape = list(x.shape)
        if self.channels:
            shape[2] = shape[3] = 1
        self.mask = np.random.choice([0.0, 1.0 / (1.0 - self.p)], size=shape, p=[self.p, 1.0 - self.p])
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


def dropout_forward(x, p, mode):
    layer = Dropout(p)
    layer.training = mode == "train"
    return layer.forward(x), {"layer": layer, "mode": mode}


def dropout_backward(dout, cache):
    return cache["layer"].backward(dout)


def spatial_dropout_forward(x, p, mode):
    layer = Dropout(p, channels=True)
    layer.training = mode == "train"
    return layer.forward(x), {"layer": layer, "mode": mode}


def spatial_dropout_backward(dout, cache):
    return cache["layer"].backward(dout)
