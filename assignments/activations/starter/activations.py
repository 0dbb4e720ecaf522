"""Activations. Fill in the functions; the handout says what each one is asked.

What a forward keeps for its backward goes into `cache`, in any form you like. Check your work with
`assay check`.
"""

import numpy as np  # noqa: F401


def sigmoid_forward(x):
    """1 / (1 + exp(-x)) for each entry of x. Returns (out, cache)."""
    raise NotImplementedError("sigmoid_forward is not written yet")


def sigmoid_backward(dout, cache):
    """Gradient dx of sum(dout * out)."""
    raise NotImplementedError("sigmoid_backward is not written yet")


def tanh_forward(x):
    """The hyperbolic tangent of each entry of x. Returns (out, cache)."""
    raise NotImplementedError("tanh_forward is not written yet")


def tanh_backward(dout, cache):
    """Gradient dx of sum(dout * out)."""
    raise NotImplementedError("tanh_backward is not written yet")


def leaky_relu_forward(x, slope):
    """x where x > 0, else slope times x. Returns (out, cache)."""
    raise NotImplementedError("leaky_relu_forward is not written yet")


def leaky_relu_backward(dout, cache):
    """Gradient dx of sum(dout * out)."""
    raise NotImplementedError("leaky_relu_backward is not written yet")


def softmax_forward(x):
    """exp(x) along the last axis, divided by its sum. Returns (out, cache)."""
    raise NotImplementedError("softmax_forward is not written yet")


def softmax_backward(dout, cache):
    """Gradient dx of sum(dout * out)."""
    raise NotImplementedError("softmax_backward is not written yet")
