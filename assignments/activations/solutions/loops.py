"""One number after the other, with the functions of math."""

import math

import numpy as np


def each(function, *arrays):
    out = np.zeros(arrays[0].shape)
    for index in np.ndindex(out.shape):
        out[index] = function(*(float(a[index]) for a in arrays))
    return out


def sigmoid(z):
    if z < 0:
        return math.exp(z) / (1 + math.exp(z))
    return 1 / (1 + math.exp(-z))


def sigmoid_forward(x):
    return each(sigmoid, x), x


def sigmoid_backward(dout, cache):
    return each(lambda d, z: d * sigmoid(z) * (1 - sigmoid(z)), dout, cache)


def tanh_forward(x):
    out = each(math.tanh, x)
    return out, out


def tanh_backward(dout, cache):
    return each(lambda d, y: d * (1 - y**2), dout, cache)


def leaky_relu_forward(x, slope):
    return each(lambda z: z if z > 0 else slope * z, x), [x, slope]


def leaky_relu_backward(dout, cache):
    x, slope = cache
    return each(lambda d, z: d if z > 0 else slope * d, dout, x)


def softmax_forward(x):
    out = np.zeros(x.shape)
    for row in np.ndindex(x.shape[:-1]):
        top = max(x[row])
        powers = [math.exp(z - top) for z in x[row]]
        out[row] = [power / sum(powers) for power in powers]
    return out, out


def softmax_backward(dout, cache):
    dx = np.zeros(dout.shape)
    for row in np.ndindex(dout.shape[:-1]):
        p = cache[row]
        jacobian = np.diag(p) - np.outer(p, p)
        dx[row] = jacobian @ dout[row]
    return dx
