"""Normalisation, noise and their modes. Fill in the functions; the handout says what each one is asked.

What a forward keeps for its backward goes into `cache`, in any form you like. Check your work with
`assay check`.
"""

import numpy as np  # noqa: F401


def centre_forward(x, b):
    """Shift each feature of x (N, D) or (N, C, H, W) by b and take off its mean over the batch.

    Returns (out, cache): out as x.
    """
    raise NotImplementedError("centre_forward is not written yet")


def centre_backward(dout, cache):
    """Gradients (dx, db) of sum(dout * out)."""
    raise NotImplementedError("centre_backward is not written yet")


def normalised_forward(x, w, b):
    """z = x w + b for x (N, D), w (D, M), b (M,), each feature normalised over the batch, without eps.

    Returns (out, cache): out (N, M).
    """
    raise NotImplementedError("normalised_forward is not written yet")


def normalised_backward(dout, cache):
    """Gradients (dx, dw, db) of sum(dout * out)."""
    raise NotImplementedError("normalised_backward is not written yet")


def whiten(x):
    """Centre x (N, D) and multiply it by the symmetric inverse root of its covariance. Returns (N, D)."""
    raise NotImplementedError("whiten is not written yet")


def identity_parameters(x, eps):
    """The gamma and beta with which batch normalisation gives this x back. Returns (gamma, beta)."""
    raise NotImplementedError("identity_parameters is not written yet")


def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    """Batch normalisation, then inverted dropout, in the mode "train" or "test". Returns out (N, D)."""
    raise NotImplementedError("block is not written yet")


def variational_forward(x, alpha, e):
    """x (1 + sqrt(alpha) e), for x and e (N, D), alpha (D,).

    Returns (out, cache): out (N, D).
    """
    raise NotImplementedError("variational_forward is not written yet")


def variational_backward(dout, cache):
    """Gradients (dx, dalpha) of sum(dout * out)."""
    raise NotImplementedError("variational_backward is not written yet")
