"""Batch normalisation. Fill in the seven functions; the handout says what each one is asked.

N examples, D features; images are (N, C, H, W) with C channels. What a forward keeps for its backward goes
into `cache`, in any form you like. Check your work with `assay check`.
"""

import numpy as np  # noqa: F401


def batchnorm_forward(x, gamma, beta, eps):
    """Normalise each feature of x over the batch, then scale and shift.

    x      (N, D)
    gamma  (D,)
    beta   (D,)
    eps    a number, added to the variance, inside the root

    Returns (out, cache): out (N, D).
    """
    raise NotImplementedError("batchnorm_forward is not written yet")


def batchnorm_backward(dout, cache):
    """Gradients of sum(dout * out).

    dout   (N, D)
    cache  what batchnorm_forward returned

    Returns (dx, dgamma, dbeta): dx (N, D), dgamma (D,), dbeta (D,).
    """
    raise NotImplementedError("batchnorm_backward is not written yet")


def running_statistics(x, running_mean, running_var, momentum):
    """Mix the statistics of one more batch into the running ones.

    x             (N, D)
    running_mean  (D,)
    running_var   (D,)
    momentum      weight of the new batch, from 0 to 1

    Returns (running_mean, running_var), (D,) each.
    """
    raise NotImplementedError("running_statistics is not written yet")


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    """Normalise x by given statistics instead of the batch's own, then scale and shift.

    x                       (N, D)
    gamma, beta, mean, var  (D,)
    eps                     a number, added to the variance, inside the root

    Returns out (N, D).
    """
    raise NotImplementedError("batchnorm_inference is not written yet")


def batchnorm_fold(gamma, beta, mean, var, eps):
    """Write inference as scale * x + shift.

    gamma, beta, mean, var  (D,)
    eps                     a number, added to the variance, inside the root

    Returns (scale, shift), (D,) each.
    """
    raise NotImplementedError("batchnorm_fold is not written yet")


def spatial_batchnorm_forward(x, gamma, beta, eps):
    """Normalise each channel of a batch of images, then scale and shift.

    x      (N, C, H, W)
    gamma  (C,)
    beta   (C,)
    eps    a number, added to the variance, inside the root

    Returns (out, cache): out (N, C, H, W).
    """
    raise NotImplementedError("spatial_batchnorm_forward is not written yet")


def spatial_batchnorm_backward(dout, cache):
    """Gradients of sum(dout * out).

    dout   (N, C, H, W)
    cache  what spatial_batchnorm_forward returned

    Returns (dx, dgamma, dbeta): dx (N, C, H, W), dgamma (C,), dbeta (C,).
    """
    raise NotImplementedError("spatial_batchnorm_backward is not written yet")
