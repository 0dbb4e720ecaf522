"""Group normalisation. Fill in the two functions; the handout says what each one is asked.

What the forward keeps for the backward goes into `cache`, in any form you like. Check your work with
`assay check`.
"""

import numpy as np  # noqa: F401


def groupnorm_forward(x, gamma, beta, groups, eps):
    """Normalise each group of channels of each image, then scale and shift each channel.

    x       (N, C, H, W)
    gamma   (C,)
    beta    (C,)
    groups  a number that divides C; channels that follow each other form a group
    eps     a number, added to the variance, inside the root

    Returns (out, cache): out (N, C, H, W).
    """
    raise NotImplementedError("groupnorm_forward is not written yet")


def groupnorm_backward(dout, cache):
    """Gradients of sum(dout * out).

    dout   (N, C, H, W)
    cache  what groupnorm_forward returned

    Returns (dx, dgamma, dbeta): dx (N, C, H, W), dgamma (C,), dbeta (C,).
    """
    raise NotImplementedError("groupnorm_backward is not written yet")
