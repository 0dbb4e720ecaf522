"""Sigmoid is a tanh in disguise; the backward of each starts from x again; ties share their slope."""

import numpy as np


def sigmoid(x):
    return (1 + np.tanh(x / 2)) / 2


def sigmoid_forward(x):
    return sigmoid(x), {"x": x}


def sigmoid_backward(dout, cache):
    x = cache["x"]
    return dout * sigmoid(x) * sigmoid(-x)


def tanh_forward(x):
    return 2 * sigmoid(2 * x) - 1, {"x": x}


def tanh_backward(dout, cache):
    y = np.tanh(cache["x"])
    return dout * (1 + y) * (1 - y)


def leaky_relu_forward(x, slope):
    return np.maximum(x, 0) + slope * np.minimum(x, 0), {"x": x, "slope": slope}


def leaky_relu_backward(dout, cache):
    steps = np.heaviside(cache["x"], 0.5)
    return dout * (steps + cache["slope"] * (1 - steps))


def softmax_forward(x):
    shifted = x - np.logaddexp.reduce(x, axis=-1, keepdims=True)
    return np.exp(shifted), {"log": shifted}


def softmax_backward(dout, cache):
    p = np.exp(cache["log"])
    return p * dout - p * np.einsum("...c,...c->...", p, dout)[..., None]
